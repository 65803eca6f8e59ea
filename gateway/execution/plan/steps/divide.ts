import { Kind, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import { type DeferredFragment, labelOf } from '../operation/deferredFragments.ts';
import { coveredBy, join } from './coverage.ts';
import type { Step } from './steps.ts';

/** Whom a place or a step is for: a deferred fragment, the answer's beginning (undefined), or nobody that is known yet. */
type Need = DeferredFragment | undefined | 'nobody';

/**
 * Divides a plan that was made as if nothing were deferred: a step is for the innermost fragment around all that needs it, be it as a field of
 * the answer or for another step. What one fetch brings for several fragments comes with what is around them all.
 */
export function divideSteps(
  steps: readonly Step[],
  operation: OperationDefinitionNode,
  fragments: readonly DeferredFragment[],
): readonly Step[] {
  if (fragments.length === 0) return steps;
  const places = needsByPlace(operation, fragments);
  const needs = steps.map((step) =>
    [...coveredBy(step)].reduce<Need>(
      (need, place) => (places.has(place) ? around(need, places.get(place)) : need),
      'nobody',
    ),
  );
  for (let index = steps.length - 1; index >= 0; index--)
    for (const before of steps[index]!.after) needs[before] = around(needs[before], needs[index]);
  return steps.map((step, index) => {
    const need = needs[index];
    return need === undefined || need === 'nobody' ? step : { ...step, deferred: need.label };
  });
}

/** For each place of the answer, as dotted response keys, the innermost fragment around all that ask for it. */
function needsByPlace(
  operation: OperationDefinitionNode,
  fragments: readonly DeferredFragment[],
): ReadonlyMap<string, DeferredFragment | undefined> {
  const byLabel = new Map(fragments.map((fragment) => [fragment.label, fragment]));
  const places = new Map<string, DeferredFragment | undefined>();
  const need = (place: string, within: DeferredFragment | undefined) =>
    places.set(place, places.has(place) ? common(places.get(place), within) : within);
  const walk = (set: SelectionSetNode, within: DeferredFragment | undefined, at: string): void => {
    for (const node of set.selections) {
      if (node.kind === Kind.INLINE_FRAGMENT) {
        // Whether a fragment is asked of an object is found out by what is around it.
        if (node.typeCondition) need(join(at, '__typename'), within);
        const label = labelOf(node);
        walk(node.selectionSet, label === undefined ? within : byLabel.get(label), at);
      } else if (node.kind === Kind.FIELD) {
        const place = join(at, node.alias?.value ?? node.name.value);
        need(place, within);
        if (node.selectionSet) walk(node.selectionSet, within, place);
      }
    }
  };
  walk(operation.selectionSet, undefined, '');
  return places;
}

function around(a: Need, b: Need): Need {
  if (a === 'nobody') return b;
  return b === 'nobody' ? a : common(a, b);
}

/** The innermost fragment around both. */
function common(a: DeferredFragment | undefined, b: DeferredFragment | undefined): DeferredFragment | undefined {
  const outer = new Set<DeferredFragment>();
  for (let each = a; each; each = each.parent) outer.add(each);
  let found = b;
  while (found && !outer.has(found)) found = found.parent;
  return found;
}
