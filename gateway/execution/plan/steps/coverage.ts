import { type DocumentNode, Kind, type OperationDefinitionNode, type SelectionNode, parse } from 'graphql';
import type { Step } from './steps.ts';

/** A field of the operation has no subgraph that can be asked for it. */
export class Unresolvable extends Error {}

/**
 * Throws an `Unresolvable` when a plan leaves out a field of the operation: the planner drops in silence what no subgraph can resolve, and the client would
 * read null. Fields behind type conditions are not looked at, since a type that no subgraph returns there is left out rightly.
 */
export function requireCoverage(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  steps: readonly Step[],
): void {
  const covered = new Set(steps.flatMap((step) => [...coveredBy(step)]));
  const check = (selections: readonly SelectionNode[], at: string): void => {
    for (const node of selections) {
      if (node.kind === Kind.FIELD) {
        if (node.name.value.startsWith('__')) continue;
        const here = join(at, node.alias?.value ?? node.name.value);
        if (!covered.has(here))
          throw new Unresolvable(`no subgraph can resolve the field ${node.name.value} at "${here}"`);
        if (node.selectionSet) check(node.selectionSet.selections, here);
      } else if (node.kind === Kind.INLINE_FRAGMENT && !node.typeCondition) check(node.selectionSet.selections, at);
      else if (node.kind === Kind.FRAGMENT_SPREAD && at === '') check(fragmentOf(document, node.name.value), at);
    }
  };
  check(operation.selectionSet.selections, '');
}

/** The places of the answer, as dotted response keys, that a step fetches. */
export function coveredBy({ fetch, path }: Step): ReadonlySet<string> {
  const covered = new Set<string>();
  const at = path.flatMap(({ key }) => key || []).join('.');
  const { selectionSet } = parse(fetch.operation).definitions[0] as OperationDefinitionNode;
  const renamed = new Map(
    fetch.outputRewrites?.map((rewrite) => [
      rewrite.path.at(-1)!,
      rewrite.kind === 'KeyRenamer' ? rewrite.renameKeyTo : '',
    ]),
  );
  for (const selection of selectionSet.selections)
    if (!fetch.requires) cover([selection], at, renamed, covered);
    else if (selection.kind === Kind.FIELD) cover(selection.selectionSet!.selections, at, renamed, covered);
  return covered;
}

export const join = (at: string, key: string) => (at === '' ? key : `${at}.${key}`);

function cover(
  selections: readonly SelectionNode[],
  at: string,
  renamed: ReadonlyMap<string, string>,
  covered: Set<string>,
): void {
  for (const node of selections)
    if (node.kind === Kind.FIELD) {
      const key = node.alias?.value ?? node.name.value;
      const here = join(at, renamed.get(key) ?? key);
      covered.add(here);
      if (node.selectionSet) cover(node.selectionSet.selections, here, renamed, covered);
    } else if (node.kind === Kind.INLINE_FRAGMENT) cover(node.selectionSet.selections, at, renamed, covered);
}

function fragmentOf(document: DocumentNode, name: string): readonly SelectionNode[] {
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name)
      return definition.selectionSet.selections;
  return [];
}
