import { type ExecutionArgs, GraphQLError, OperationTypeNode } from 'graphql';
import type { SubscribeMessage } from 'graphql-ws';
import type { SubscriptionPlan } from '../execution/execution.ts';
import type { Caller } from '../forwarding.ts';
import type { Graph } from '../graph.ts';

/** What one `subscribe` message asks for, as graphql-ws hands it on to be subscribed to or executed. */
export interface Admitted extends ExecutionArgs {
  caller: Caller;
  request: { query: string; operationName?: string; variables?: Record<string, unknown> };
  /** Of a subscription. */
  plan?: SubscriptionPlan;
}

/** The same reading of a document as over HTTP. Errors are answered with `error`, and the socket stays open; so nothing is thrown. */
export function admit(
  { documents, execution }: Graph,
  { query, operationName, variables }: SubscribeMessage['payload'],
  caller: Caller,
): Admitted | readonly GraphQLError[] {
  try {
    const { operation, errors } = documents.read(query, operationName, variables);
    if (!operation) return errors;
    const request = { query, ...(operationName && { operationName }), ...(variables && { variables }) };
    const { document, kind } = operation;
    const admitted = { schema: execution.apiSchema, document, operationName, caller, request };
    if (kind !== OperationTypeNode.SUBSCRIPTION) return admitted;
    return { ...admitted, plan: execution.planSubscription({ ...operation, caller }) };
  } catch (error) {
    return [new GraphQLError('The operation could not be planned', { originalError: error as Error })];
  }
}
