import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
  visit,
} from 'graphql';
import { internalPrefix } from './names.ts';
import type { Variables } from './selection.ts';

/** The response key of the `__typename` that stands where nothing else is asked; it is never answered. */
export const placeholderKey = `${internalPrefix}nothing`;

/** Stands in a selection set where nothing else is left. */
export const placeholder: FieldNode = {
  kind: Kind.FIELD,
  alias: { kind: Kind.NAME, value: placeholderKey },
  name: { kind: Kind.NAME, value: '__typename' },
};

/** The variables that decide `@skip`, `@include` and `@defer` somewhere in a document. */
export function conditionVariables(document: DocumentNode): string[] {
  const names = new Set<string>();
  visit(document, {
    Directive(node) {
      const value = isCondition(node) || isDefer(node) ? ifOf(node) : undefined;
      if (value && value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names];
}

/**
 * The document without what `@skip` and `@include` leave out, and without `@defer` where it is off, or where no part may come later.
 * Operations are planned for one choice of these variables: the planner would put a condition on a whole fetch where only some of the
 * fetch's fields have it.
 */
export function applyConditions(document: DocumentNode, variables: Variables, mayDefer = false): DocumentNode {
  const isApplied = (directive: DirectiveNode) =>
    isCondition(directive) || (isDefer(directive) && !(mayDefer && isOn(directive, variables)));
  const applyTo = (set: SelectionSetNode): SelectionSetNode => {
    const selections = set.selections.flatMap((node): SelectionNode[] => {
      if (!isIncluded(node, variables)) return [];
      const directives = node.directives?.filter((directive) => !isApplied(directive)) ?? [];
      if (node.kind === Kind.FRAGMENT_SPREAD) return [{ ...node, directives }];
      if (node.kind === Kind.INLINE_FRAGMENT)
        return [{ ...node, directives, selectionSet: applyTo(node.selectionSet) }];
      return [{ ...node, directives, ...(node.selectionSet && { selectionSet: applyTo(node.selectionSet) }) }];
    });
    return { ...set, selections: selections.length > 0 ? selections : [placeholder] };
  };
  return {
    ...document,
    definitions: document.definitions.map((definition) =>
      'selectionSet' in definition ? { ...definition, selectionSet: applyTo(definition.selectionSet) } : definition,
    ),
  };
}

/** Whether a selection is left to a later part of the answer. */
export const isDeferred = ({ directives }: SelectionNode): boolean => directives?.some(isDefer) ?? false;

const isDefer = ({ name }: DirectiveNode): boolean => name.value === 'defer';
const ifOf = ({ arguments: given }: DirectiveNode): ValueNode | undefined =>
  given?.find(({ name }) => name.value === 'if')?.value;
const isOn = (directive: DirectiveNode, variables: Variables): boolean => {
  const value = ifOf(directive);
  return value === undefined || valueOf(value, variables) !== false;
};
const isCondition = ({ name }: DirectiveNode): boolean => name.value === 'skip' || name.value === 'include';

function isIncluded({ directives }: SelectionNode, variables: Variables): boolean {
  for (const directive of directives ?? [])
    if (isCondition(directive)) {
      const isTrue = valueOf(directive.arguments![0]!.value, variables);
      if (isTrue === (directive.name.value === 'skip')) return false;
    }
  return true;
}

const valueOf = (node: ValueNode, variables: Variables): unknown =>
  node.kind === Kind.VARIABLE ? variables[node.name.value] : node.kind === Kind.BOOLEAN && node.value;
