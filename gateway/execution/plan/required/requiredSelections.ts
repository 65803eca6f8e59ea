import type { FetchNode, PlanNode, QueryPlanFieldNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import {
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  parse,
  print,
  stripIgnoredCharacters,
  visit,
} from 'graphql';
import type { Requirement, Requirements } from './requiredAliases.ts';

/** Some fields of an entity fetch whose requirements fit into one representation, and those requirements together. */
interface Share {
  fields: Set<SelectionNode>;
  requirement: Requirement;
}

/**
 * Lets every entity fetch read what its fields require under the keys that it was fetched under. Fields that require one field with
 * different arguments cannot share a representation: their fetch becomes several, side by side.
 */
export function readRequiredAliases(node: PlanNode, requirements: Requirements): PlanNode {
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      return { ...node, nodes: node.nodes.map((child) => readRequiredAliases(child, requirements)) };
    case 'Flatten':
      return { ...node, node: readRequiredAliases(node.node, requirements) };
    case 'Fetch':
      return node.requires ? inShares(node, requirements) : node;
    default:
      return node;
  }
}

function inShares(fetch: FetchNode, requirements: Requirements): PlanNode {
  const operation = parse(fetch.operation).definitions[0] as OperationDefinitionNode;
  const entities = operation.selectionSet.selections[0] as FieldNode & { selectionSet: SelectionSetNode };
  const shares = sharesOf(entities.selectionSet, (type, field) =>
    requirementOf(fetch.serviceName, type, field, requirements),
  );
  const separated = new Set(
    shares.flatMap(({ requirement }) => [...requirement].flatMap(([path, key]) => (path.endsWith(key) ? [] : [path]))),
  );
  if (separated.size === 0) return fetch;
  const nodes = shares.map(({ fields, requirement }): FetchNode => {
    const requires = readingFrom(fetch.requires!, '', requirement, separated);
    if (shares.length === 1) return { ...fetch, requires };
    const inner = keepFields(entities.selectionSet, fields);
    const selectionSet = { ...operation.selectionSet, selections: [{ ...entities, selectionSet: inner }] };
    const variables = new Set<string>();
    visit(selectionSet, { Variable: ({ name }) => void variables.add(name.value) });
    const variableDefinitions = operation.variableDefinitions!.filter(({ variable }) =>
      variables.has(variable.name.value),
    );
    return {
      ...fetch,
      operation: stripIgnoredCharacters(print({ ...operation, variableDefinitions, selectionSet })),
      requires,
      variableUsages: (fetch.variableUsages ?? []).filter((name) => variables.has(name)),
    };
  });
  return nodes.length === 1 ? nodes[0]! : { kind: 'Parallel', nodes };
}

/** What a field requires; looked for under every type of the subgraph when the fetch names an abstract one. */
function requirementOf(service: string, type: string, field: string, requirements: Requirements): Requirement {
  const exact = requirements.get(`${service} ${type}.${field}`);
  if (exact) return exact;
  const others = [...requirements].filter(([name]) => name.startsWith(`${service} `) && name.endsWith(`.${field}`));
  return new Map(others.flatMap(([, requirement]) => [...requirement]));
}

function sharesOf(
  selectionSet: SelectionSetNode,
  requirementFor: (type: string, field: string) => Requirement,
): Share[] {
  const shares: Share[] = [];
  const place = (selections: readonly SelectionNode[], type: string): void => {
    for (const node of selections) {
      if (node.kind === Kind.INLINE_FRAGMENT)
        place(node.selectionSet.selections, node.typeCondition?.name.value ?? type);
      if (node.kind !== Kind.FIELD) continue;
      const requirement = requirementFor(type, node.name.value);
      const share = shares.find((one) =>
        [...requirement].every(([path, key]) => (one.requirement.get(path) ?? key) === key),
      );
      if (share) {
        share.fields.add(node);
        share.requirement = new Map([...share.requirement, ...requirement]);
      } else shares.push({ fields: new Set([node]), requirement });
    }
  };
  place(selectionSet.selections, '');
  return shares;
}

/** The selection of a representation, each field read under its key; of what is fetched under several keys only what this share requires. */
function readingFrom(
  requires: readonly QueryPlanSelectionNode[],
  at: string,
  requirement: Requirement,
  separated: ReadonlySet<string>,
): QueryPlanSelectionNode[] {
  const byName = new Map<string, QueryPlanFieldNode>();
  const fragments: QueryPlanSelectionNode[] = [];
  for (const node of requires) {
    if (node.kind === 'InlineFragment') {
      fragments.push({ ...node, selections: readingFrom(node.selections, at, requirement, separated) });
      continue;
    }
    const path = at === '' ? node.name : `${at}.${node.name}`;
    if (byName.has(node.name) || (separated.has(path) && !requirement.has(path))) continue;
    const key = requirement.get(path) ?? node.name;
    const selections = node.selections && readingFrom(node.selections, path, requirement, separated);
    if (selections?.length === 0) continue;
    byName.set(node.name, { ...node, ...(key !== node.name && { alias: key }), ...(selections && { selections }) });
  }
  return [...byName.values(), ...fragments];
}

function keepFields(selectionSet: SelectionSetNode, fields: ReadonlySet<SelectionNode>): SelectionSetNode {
  const selections = selectionSet.selections.flatMap((node): SelectionNode[] => {
    if (node.kind !== Kind.INLINE_FRAGMENT) return fields.has(node) ? [node] : [];
    const inner = keepFields(node.selectionSet, fields);
    return inner.selections.length > 0 ? [{ ...node, selectionSet: inner }] : [];
  });
  return { ...selectionSet, selections };
}
