import { Refusal } from '../../shared/errors.ts';
import type { Change } from '../../shared/events.ts';

/** So many faults are told; whoever wrote more of them has seen enough. */
export const toldAtMost = 100;

/** Refuses with every fault at once, if there is any. */
export function refuseFaults(faults: readonly string[]): void {
  if (faults.length === 0) return;
  const told = faults.slice(0, toldAtMost);
  throw new Refusal('BAD_USER_INPUT', [...told, ...more(faults.length)].join(' '), {
    faults: told,
    ...rest(faults.length),
  });
}

/** The last sentence of a refusal that does not tell all. */
export const more = (count: number) =>
  count > toldAtMost ? [`And ${count - toldAtMost} more ${count === toldAtMost + 1 ? 'fault' : 'faults'}.`] : [];
/** How many are not told. */
export const rest = (count: number) => (count > toldAtMost ? { more: count - toldAtMost } : {});

export const unknownQuest = () => new Refusal('NOT_FOUND', 'There is no quest with this id.');
export const nameTaken = () => new Refusal('CONFLICT', 'A quest with this name exists already.');
export const archivedQuest = () => new Refusal('CONFLICT', 'An archived quest never changes. Restore it first.');

export const required = (dependents: readonly string[]) =>
  new Refusal(
    'CONFLICT',
    `Other quests require this one, and would never open again: ${named(dependents)}. Archive or change those first.`,
    { requiredBy: dependents.slice(0, toldAtMost) },
  );
export const requiresArchived = (faults: readonly string[]) =>
  new Refusal('CONFLICT', `It cannot come back: ${faults.join(' ')}`, { faults });

const named = (names: readonly string[]) =>
  names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');

/** Somebody else was faster; `changes`: what they made of the version that was expected. */
export function outdated(expected: number, version: number, changes: readonly Change[]): Refusal {
  const what =
    version < expected
      ? `There is no version ${expected} yet`
      : `Since version ${expected} somebody has changed ${changes.map(({ field }) => field).join(', ') || 'nothing that is left'}`;
  return new Refusal('CONFLICT', `${what}. The newest is version ${version}: look at it, then change that.`, {
    version,
    changes,
  });
}
