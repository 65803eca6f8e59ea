import { coveredBy } from '../steps/coverage.ts';
import type { Step } from '../steps/steps.ts';

/**
 * Makes each step that takes arguments from objects around its entities (`@fromContext`) wait for the steps that fetch these values: the
 * planner may put both side by side.
 */
export function waitForContexts(steps: readonly Step[]): readonly Step[] {
  if (!steps.some(({ fetch }) => fetch.contextRewrites)) return steps;
  const covered = steps.map(coveredBy);
  const after = steps.map((step, index) => {
    const wanted = placesRead(step);
    const providers = steps.flatMap((_, i) =>
      i !== index && wanted.some((place) => covered[i]!.has(place)) ? [i] : [],
    );
    return new Set([...step.after, ...providers]);
  });
  for (const [index, step] of steps.entries())
    for (const provider of after[index]!)
      // A provider that itself waits for this step provides something else of the same name.
      if (!step.after.includes(provider) && reaches(after, provider, index)) after[index]!.delete(provider);
  const levels = new Map<number, number>();
  const levelOf = (index: number): number => {
    const known = levels.get(index);
    if (known !== undefined) return known;
    const level = Math.max(0, ...[...after[index]!].map((before) => levelOf(before) + 1));
    levels.set(index, level);
    return level;
  };
  return steps.map((step, index) => ({ ...step, after: [...after[index]!], level: levelOf(index) }));
}

/** The places of the answer, as dotted response keys, that a step reads contexts from. */
function placesRead({ fetch, path }: Step): string[] {
  const keys = path.flatMap(({ key }) => key || []);
  return (fetch.contextRewrites ?? []).map((rewrite) => {
    const up = rewrite.path.filter((element) => element === '..').length;
    const inside = rewrite.path.slice(up).filter((element) => !element.startsWith('... on '));
    return [...keys.slice(0, keys.length - up), ...inside].join('.');
  });
}

function reaches(after: readonly ReadonlySet<number>[], from: number, to: number): boolean {
  const seen = new Set<number>();
  const visit = (index: number): boolean => {
    if (index === to) return true;
    if (seen.has(index)) return false;
    seen.add(index);
    return [...after[index]!].some(visit);
  };
  return visit(from);
}
