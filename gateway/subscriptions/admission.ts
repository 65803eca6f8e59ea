import { type ExecutionArgs, GraphQLError, OperationTypeNode } from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import { Refusal } from '../../shared/errors.ts';
import type { Caller } from '../identity/forwarding.ts';
import type { Graph } from '../supergraph/graph.ts';
import type { Persisted } from '../documents/persisted.ts';
import { type Asked, askedOf } from './groups/asked.ts';

/** What one subscriber's message asks for, as graphql-ws hands it on to be subscribed to or executed. */
export interface Admitted extends ExecutionArgs {
  caller: Caller;
  request: { query: string; operationName?: string; variables?: Record<string, unknown> };
  /** Of a subscription. */
  asked?: Asked;
}

/** The same reading of a document as over HTTP. Errors are answered with `error`, and the socket stays open; so nothing is thrown. */
export function admit(
  graph: Graph,
  { query: sent, extensions, operationName, variables }: SubscribePayload,
  persisted: Persisted,
  caller: Caller,
): Admitted | readonly GraphQLError[] {
  try {
    const query = persisted.textOf(sent, extensions) ?? '';
    const { operation, errors } = graph.documents.read(query, operationName, variables);
    if (!operation) return errors;
    const request = { query, ...(operationName && { operationName }), ...(variables && { variables }) };
    const { document, kind } = operation;
    const admitted = { schema: graph.execution.apiSchema, document, operationName, caller, request };
    if (kind !== OperationTypeNode.SUBSCRIPTION) return admitted;
    return { ...admitted, asked: askedOf(graph, operation, variables, caller) };
  } catch (error) {
    if (error instanceof Refusal) return [error];
    return [new GraphQLError('The operation could not be read', { originalError: error as Error })];
  }
}
