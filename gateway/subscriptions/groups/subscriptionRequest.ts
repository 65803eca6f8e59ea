import { hash } from 'node:crypto';
import { Kind, getOperationAST, visit } from 'graphql';
import type { ReadOperation } from '../../documents/documents.ts';
import { firstField, rootField } from '../../execution/rootField.ts';
import type { Caller } from '../../identity/forwarding.ts';
import type { Graph } from '../../supergraph/graph.ts';
import type { StreamTerms } from '../../supergraph/terms.ts';

/** What one subscriber asks for. */
export interface SubscriptionRequest {
  /** Of `Subscription`. */
  field: string;
  operation: ReadOperation;
  caller: Caller;
  /** As they were sent: a reload reads them again. */
  variables: Record<string, unknown> | null | undefined;
  /** The cursor from which it goes on; undefined: from now on. */
  after: string | undefined;
}

export const textOf = ({ operation }: SubscriptionRequest): string => operation.document.loc!.source.body;

export function subscriptionRequestOf(
  { execution, terms }: Graph,
  operation: ReadOperation,
  variables: SubscriptionRequest['variables'],
  caller: Caller,
): SubscriptionRequest {
  const { name, args } = rootField(execution.apiSchema, { ...operation, caller });
  const argument = terms.streams[name]?.after;
  const after = argument === undefined ? undefined : args[argument];
  return { field: name, operation, caller, variables, after: typeof after === 'string' ? after : undefined };
}

/** Equal for those who may share: the same operation, the same variables but for the cursor, and an identity that sees the same. */
export function keyOf(asked: SubscriptionRequest, terms: StreamTerms | undefined): string {
  const { operation, caller } = asked;
  const cursor = terms?.after === undefined ? undefined : cursorVariable(operation, terms.after);
  const variables = Object.entries(operation.variables)
    .filter(([name]) => name !== cursor)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = [
    scopeOf(caller, terms),
    terms?.isPublic ? null : (caller.headers ?? null),
    operation.operationName ?? '',
    variables,
    textOf(asked),
  ];
  return hash('sha256', JSON.stringify(parts), 'base64');
}

function scopeOf({ viewer }: Caller, terms: StreamTerms | undefined): unknown {
  if (terms?.isPublic) return 'public';
  return viewer && [viewer.id, [...viewer.roles].sort(), [...(viewer.scopes ?? [])].sort()];
}

/** The variable that is the cursor argument of the root field, and that is used nowhere else. */
function cursorVariable({ document, operationName }: ReadOperation, after: string): string | undefined {
  const root = firstField(document, getOperationAST(document, operationName)!.selectionSet);
  const given = root.arguments?.find(({ name }) => name.value === after)?.value;
  if (given?.kind !== Kind.VARIABLE) return undefined;
  let uses = 0;
  visit(document, {
    VariableDefinition: () => false,
    Variable: ({ name }) => void (uses += name.value === given.name.value ? 1 : 0),
  });
  return uses === 1 ? given.name.value : undefined;
}
