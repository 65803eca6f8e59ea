import type { FetchNode } from '@apollo/query-planner';
import { Kind, type OperationDefinitionNode, type SelectionNode, parse } from 'graphql';
import { coveredBy } from './coverage.ts';
import type { Step } from './steps.ts';

/** The response keys that a fetch asks of its root or of its entities themselves, as they are called once its rewrites are applied. */
export function askedKeys({ operation, requires, outputRewrites }: FetchNode): string[] {
  const keys = new Set<string>();
  const collect = (selections: readonly SelectionNode[]): void => {
    for (const node of selections)
      if (node.kind === Kind.FIELD) keys.add(node.alias?.value ?? node.name.value);
      else if (node.kind === Kind.INLINE_FRAGMENT) collect(node.selectionSet.selections);
  };
  const { selectionSet } = parse(operation).definitions[0] as OperationDefinitionNode;
  if (!requires) collect(selectionSet.selections);
  else for (const node of selectionSet.selections) if (node.kind === Kind.FIELD) collect(node.selectionSet!.selections);
  for (const rewrite of outputRewrites ?? []) if (rewrite.kind === 'KeyRenamer') keys.add(rewrite.renameKeyTo);
  return [...keys];
}

/**
 * The keys of each step that no other step asks at its place. Whatever an object has there before the step is answered was not asked for, and
 * must not stand in for an answer that never comes.
 */
export function ownKeys(steps: readonly Step[]): ReadonlyMap<Step, readonly string[]> {
  const covered = steps.map(coveredBy);
  return new Map(
    steps.map((step, index) => {
      const at = step.path.map(({ key }) => (key ? `${key}.` : '')).join('');
      const isOwn = (key: string) => covered.every((places, i) => i === index || !places.has(`${at}${key}`));
      return [
        step,
        step.path.length > 0 ? askedKeys(step.fetch).filter((key) => key !== '__typename' && isOwn(key)) : [],
      ];
    }),
  );
}

/** The keys of entities that a fetch both sends and asks: an answer must have the value that was sent. */
export function echoedKeys(fetch: FetchNode): string[] {
  const asked = new Set(askedKeys(fetch));
  const sent = (fetch.requires ?? []).flatMap((node) => (node.kind === 'InlineFragment' ? node.selections : []));
  const names = sent.flatMap((node) => (node.kind === 'Field' && !node.selections && !node.alias ? node.name : []));
  return [...new Set(names)].filter((name) => name !== '__typename' && asked.has(name));
}
