import type { FetchNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import {
  type FieldNode,
  type InlineFragmentNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  parse,
  print,
  stripIgnoredCharacters,
} from 'graphql';
import type { Step } from './steps.ts';

/**
 * Lets an entity fetch that no other waits for join a later fetch for the same entities to the same subgraph: one request instead of two, and
 * the answer as a whole is no later. What the later fetch cannot be sent for, since something that it requires is missing, is still asked for
 * by the earlier one alone.
 */
export function joinLaterFetches(steps: readonly Step[]): readonly Step[] {
  const changed = new Map<Step, Step>();
  const gone = new Set<Step>();
  for (const [index, step] of steps.entries()) {
    if (!isPlain(step) || steps.some(({ after }) => after.includes(index))) continue;
    const later = steps.find(
      (other) =>
        other.level > step.level &&
        isPlain(other) &&
        other.deferred === step.deferred &&
        !changed.has(other) &&
        other.fetch.serviceName === step.fetch.serviceName &&
        other.pathText === step.pathText,
    );
    if (!later) continue;
    changed.set(later, { ...later, fetch: both(step.fetch, later.fetch), alone: step });
    gone.add(step);
  }
  if (gone.size === 0) return steps;
  const kept = steps.filter((step) => !gone.has(step));
  const position = new Map(kept.map((step, i) => [step, i]));
  return kept.map((step) => {
    const after = step.after.map((index) => position.get(steps[index]!)!);
    return { ...(changed.get(step) ?? step), after };
  });
}

const isPlain = ({ fetch, alone }: Step): boolean =>
  Boolean(fetch.requires) && !alone && !fetch.contextRewrites && !fetch.inputRewrites && !fetch.outputRewrites;

/** One fetch for the selections of both, with what the later one requires and the keys of the earlier one. */
function both(earlier: FetchNode, later: FetchNode): FetchNode {
  const [first, second] = [operationOf(earlier), operationOf(later)];
  const [mine, theirs] = [entitiesOf(first), entitiesOf(second)];
  const selections = joined([...mine.selectionSet!.selections, ...theirs.selectionSet!.selections]);
  const definitions = new Map(
    [...second.variableDefinitions!, ...first.variableDefinitions!].map((each) => [each.variable.name.value, each]),
  );
  const entities = { ...theirs, selectionSet: { ...theirs.selectionSet!, selections } };
  const operation: OperationDefinitionNode = {
    ...second,
    variableDefinitions: [...definitions.values()],
    selectionSet: { ...second.selectionSet, selections: [entities] },
  };
  return {
    ...later,
    operation: stripIgnoredCharacters(print(operation)),
    requires: withKeys(later.requires!, earlier.requires!),
    variableUsages: [...new Set([...(later.variableUsages ?? []), ...(earlier.variableUsages ?? [])])],
  };
}

/** The selections of one type in one fragment, so that equal fetches have equal texts. */
function joined(selections: readonly SelectionNode[]): SelectionNode[] {
  const fragments = new Map<string, InlineFragmentNode>();
  const others: SelectionNode[] = [];
  for (const node of selections) {
    const type = node.kind === Kind.INLINE_FRAGMENT && !node.directives?.length && node.typeCondition?.name.value;
    if (!type) {
      others.push(node);
      continue;
    }
    const { selectionSet } = fragments.get(type) ?? { selectionSet: { kind: Kind.SELECTION_SET, selections: [] } };
    const all = [...selectionSet.selections, ...node.selectionSet.selections];
    fragments.set(type, { ...node, selectionSet: { ...selectionSet, selections: all } });
  }
  return [...others, ...fragments.values()];
}

/** The representation of the later fetch; the earlier one's keys are of use where it has none of its own for a type. */
function withKeys(
  later: readonly QueryPlanSelectionNode[],
  earlier: readonly QueryPlanSelectionNode[],
): QueryPlanSelectionNode[] {
  const types = new Set(later.map((node) => node.kind === 'InlineFragment' && node.typeCondition));
  return [...later, ...earlier.filter((node) => node.kind === 'InlineFragment' && !types.has(node.typeCondition))];
}

const operationOf = ({ operation }: FetchNode) => parse(operation).definitions[0] as OperationDefinitionNode;
const entitiesOf = ({ selectionSet }: OperationDefinitionNode) =>
  selectionSet.selections.find((node) => node.kind === Kind.FIELD) as FieldNode;
