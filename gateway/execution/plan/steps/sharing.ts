import { Kind, type OperationDefinitionNode, type SelectionNode, parse } from 'graphql';
import type { Step } from './steps.ts';

/**
 * The steps whose answers may stand in several places as one object: equal entities at one path get equal treatment afterwards, unless
 * another step reaches into such an object from outside, or only objects of some types are treated.
 */
export function shareableSteps(steps: readonly Step[]): ReadonlySet<Step> {
  const isTyped = steps.some(({ path, fetch }) => path.some(({ types }) => types) || fetch.contextRewrites);
  if (isTyped) return new Set();
  const insides = steps.map(insideOf);
  return new Set(
    steps.filter((_, i) =>
      insides.every((other, j) => i === j || insides[i]!.every((place) => !other.includes(place))),
    ),
  );
}

/** Where in the answer a step writes objects inside the objects that it completes. */
function insideOf({ fetch, path }: Step): string[] {
  const inside: string[] = [];
  const walk = (selections: readonly SelectionNode[], at: string, depth: number): void => {
    for (const node of selections) {
      if (!('selectionSet' in node) || !node.selectionSet) continue;
      if (node.kind !== Kind.FIELD) walk(node.selectionSet.selections, at, depth);
      else {
        const here = fetch.requires && depth === 0 ? at : `${at}.${node.alias?.value ?? node.name.value}`;
        if (here !== at) inside.push(here);
        walk(node.selectionSet.selections, here, depth + 1);
      }
    }
  };
  const { selectionSet } = parse(fetch.operation).definitions[0] as OperationDefinitionNode;
  walk(selectionSet.selections, path.flatMap(({ key }) => (key ? `.${key}` : [])).join(''), 0);
  return inside;
}
