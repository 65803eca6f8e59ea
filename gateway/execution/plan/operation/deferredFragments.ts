import {
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type InlineFragmentNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  getOperationAST,
} from 'graphql';
import { isDeferred } from './conditions.ts';
import { fragmentsOf } from './selection.ts';

/** A fragment of the operation that is answered after what stands around it. */
export interface DeferredFragment {
  /** Ours, unlike any other: the planner names a part of the plan by it. */
  label: string;
  clientLabel: string | undefined;
  /** The fragment around it that is deferred too. */
  parent: DeferredFragment | undefined;
  /** From the object of the fragment around it, or from the root, to its own. */
  path: readonly Stride[];
  /** The types that its object must have, from those of the fragments around it. */
  conditions: readonly string[];
  selectionSet: SelectionSetNode;
}

/** Into a field of an object that is of all these types. */
export interface Stride {
  conditions: readonly string[];
  key: string;
  /** The name of the field, since the key may be an alias. */
  field: string;
}

const deferDirective = ({ directives }: SelectionNode): DirectiveNode | undefined =>
  directives?.find(({ name }) => name.value === 'defer');

export const hasDeferred = ({ definitions }: DocumentNode): boolean =>
  definitions.some((each) => 'selectionSet' in each && isDeferredIn(each.selectionSet));
const isDeferredIn = (set: SelectionSetNode): boolean =>
  set.selections.some(
    (node) =>
      isDeferred(node) ||
      ('selectionSet' in node && node.selectionSet !== undefined && isDeferredIn(node.selectionSet)),
  );

/**
 * The operation without named fragments, so that each deferred one stands at one place, and with a label of ours on each. What the client calls
 * it comes after ours.
 */
export function labelDeferred(document: DocumentNode, operationName: string | undefined): DocumentNode {
  const operation = getOperationAST(document, operationName)!;
  const fragments = fragmentsOf(document);
  let count = 0;
  const labelled = (directives: readonly DirectiveNode[] = []): DirectiveNode[] =>
    directives.map((directive) => {
      if (directive.name.value !== 'defer') return directive;
      const value = { kind: Kind.STRING, value: `${count++} ${labelIn(directive) ?? ''}` } as const;
      const label = { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: 'label' }, value } as const;
      return { ...directive, arguments: [label] };
    });
  const unfold = (set: SelectionSetNode): SelectionSetNode => ({
    ...set,
    selections: set.selections.map((node): SelectionNode => {
      if (node.kind === Kind.FIELD)
        return node.selectionSet ? { ...node, selectionSet: unfold(node.selectionSet) } : node;
      const directives = labelled(node.directives);
      if (node.kind === Kind.INLINE_FRAGMENT) return { ...node, directives, selectionSet: unfold(node.selectionSet) };
      const { typeCondition, selectionSet } = fragments.get(node.name.value) as FragmentDefinitionNode;
      return { kind: Kind.INLINE_FRAGMENT, typeCondition, directives, selectionSet: unfold(selectionSet) };
    }),
  });
  return { ...document, definitions: [{ ...operation, selectionSet: unfold(operation.selectionSet) }] };
}

/** Ours, of a fragment that is deferred. */
export function labelOf(node: SelectionNode): string | undefined {
  const directive = deferDirective(node);
  return directive && labelIn(directive);
}

function labelIn({ arguments: given }: DirectiveNode): string | undefined {
  const value = given?.find(({ name }) => name.value === 'label')?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}

/** The deferred fragments of a labelled operation; whatever is around one comes before it. */
export function deferredFragments(operation: OperationDefinitionNode): DeferredFragment[] {
  const found: DeferredFragment[] = [];
  const walk = (
    set: SelectionSetNode,
    parent: DeferredFragment | undefined,
    path: readonly Stride[],
    conditions: readonly string[],
  ): void => {
    for (const node of set.selections) {
      if (node.kind === Kind.FIELD) {
        const stride = { conditions, key: node.alias?.value ?? node.name.value, field: node.name.value };
        if (node.selectionSet) walk(node.selectionSet, parent, [...path, stride], []);
      } else if (node.kind === Kind.INLINE_FRAGMENT) walkFragment(node, parent, path, conditions);
    }
  };
  const walkFragment = (
    node: InlineFragmentNode,
    parent: DeferredFragment | undefined,
    path: readonly Stride[],
    around: readonly string[],
  ): void => {
    const { selectionSet, typeCondition } = node;
    const conditions = typeCondition ? [...around, typeCondition.name.value] : around;
    const label = labelOf(node);
    if (label === undefined) return walk(selectionSet, parent, path, conditions);
    const clientLabel = label.slice(label.indexOf(' ') + 1) || undefined;
    const fragment: DeferredFragment = { label, clientLabel, parent, path, conditions, selectionSet };
    found.push(fragment);
    walk(selectionSet, fragment, [], []);
  };
  walk(operation.selectionSet, undefined, [], []);
  return found;
}
