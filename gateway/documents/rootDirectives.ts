import { type DocumentNode, Kind, type OperationTypeNode, type SelectionSetNode } from 'graphql';
import { Refusal } from '../../shared/errors.ts';

/** graphql-js throws out of `validate` on a condition at the root of a subscription, in fragments too, and the planner cannot plan one. */
export const conditionAtRoot = (document: DocumentNode): Refusal | undefined =>
  isAtRoot(document, 'subscription', ['skip', 'include'])
    ? new Refusal('GRAPHQL_VALIDATION_FAILED', '@skip and @include are not allowed at the root of a subscription.')
    : undefined;

/** Fields at the root of a mutation are carried out one after the other, so none of them can come later than the others. */
export const deferredAtRoot = (document: DocumentNode): Refusal | undefined =>
  isAtRoot(document, 'mutation', ['defer'])
    ? new Refusal('GRAPHQL_VALIDATION_FAILED', '@defer is not allowed at the root of a mutation.')
    : undefined;

function isAtRoot({ definitions }: DocumentNode, type: `${OperationTypeNode}`, names: readonly string[]): boolean {
  const visited = new Set<string>();
  const isFound = ({ selections }: SelectionSetNode): boolean =>
    selections.some((selection) => {
      if (selection.directives?.some(({ name }) => names.includes(name.value))) return true;
      if (selection.kind === Kind.INLINE_FRAGMENT) return isFound(selection.selectionSet);
      if (selection.kind === Kind.FIELD || visited.has(selection.name.value)) return false;
      visited.add(selection.name.value);
      return definitions.some(
        (each) =>
          each.kind === Kind.FRAGMENT_DEFINITION &&
          each.name.value === selection.name.value &&
          isFound(each.selectionSet),
      );
    });
  return definitions.some(
    (each) => each.kind === Kind.OPERATION_DEFINITION && each.operation === type && isFound(each.selectionSet),
  );
}
