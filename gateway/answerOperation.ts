import { type GraphQLError, type GraphQLFormattedError, OperationTypeNode, getOperationAST } from 'graphql';
import type { Span } from '@opentelemetry/api';
import { Refusal } from '../shared/errors.ts';
import type { Log } from '../shared/process/log.ts';
import { type Viewer, signedIn } from '../shared/identity.ts';
import { type TraceHeaders, isTracing, traceIn, traced } from '../shared/process/tracing.ts';
import type { ReadOperation } from './documents/documents.ts';
import type { Persisted } from './documents/persisted.ts';
import { asGraphQLError } from './errorReport.ts';
import type { AnswerHead } from './execution/answer/answerHeads.ts';
import type { DeliveredPart, Delivery, PendingPart } from './execution/execution.ts';
import type { AnswerFacts, GatewayHooks, OperationFacts } from './hooks.ts';
import type { CacheMode, Caller } from './identity/forwarding.ts';
import type { ClientHeaders } from './identity/headerRules.ts';
import type { Viewers } from './identity/viewers.ts';
import type { DoorName, Traffic } from './metrics/traffic.ts';
import { MaskedResults } from './subscriptions/maskedResults.ts';
import { type SubscriptionRequest, subscriptionRequestOf } from './subscriptions/groups/subscriptionRequest.ts';
import type { Groups } from './subscriptions/groups/groups.ts';
import type { StreamResult } from './subscriptions/streamResult.ts';
import type { Graph } from './supergraph/graph.ts';
import { type TimedExecutionSettings, openExecution } from './timedExecution.ts';
import type { Usage } from './usage/usage.ts';

/** One operation as a door has read it from its protocol. The door checks the types of the members, and nothing else. */
export interface OperationRequest extends OperationText {
  door: DoorName;
  /** The value of `Authorization`, as it was sent. */
  authorization: string | undefined;
  /** Where the client is, as far as trusted proxies tell. */
  address: string;
  requestId: string;
  /** Aborted when the client has left: a query is given up then, and a mutation is not. */
  signal?: AbortSignal | undefined;
  /** What header rules read of the request. */
  headers?: ClientHeaders | undefined;
  /** What the client wants of the cache of subgraphs' answers, where there is one. */
  cache?: CacheMode | undefined;
  /** How the client calls itself: `name version`. */
  client?: string | undefined;
  /** Of the protocol; the operation's own extensions may have it too. */
  trace?: TraceHeaders | undefined;
  /** The door can write deferred parts of an answer after the rest; else the answer comes whole. */
  takesParts?: boolean | undefined;
  /** The reason why this door cannot carry an operation of this type: a mutation by GET, a subscription without a stream. */
  refuse?(type: OperationTypeNode): GraphQLError | undefined;
}

/** What GraphQL itself asks of a request. */
export interface OperationText {
  /** Absent where only its hash was sent, in `extensions.persistedQuery`. */
  query?: string | null | undefined;
  operationName?: string | null | undefined;
  variables?: Record<string, unknown> | null | undefined;
  extensions?: Record<string, unknown> | null | undefined;
}

export type OperationAnswer = SingleAnswer | StreamAnswer;

/** The result of a query or a mutation, or the reasons why an operation was refused. */
export interface SingleAnswer {
  kind: 'single';
  /** How far the operation came: a `request` was refused for who sent it or how, a `document` for what it says. */
  stage: 'request' | 'document' | 'executed';
  /** JSON text; absent when nothing was executed. */
  data?: string;
  /** What subgraphs said in their heads, as far as it is collected. */
  head?: AnswerHead | undefined;
  /** Masked: a client may read all of it. */
  errors?: readonly GraphQLFormattedError[];
  /** Present where deferred parts follow. */
  later?: LaterParts;
}

/** The deferred parts of an answer. */
export interface LaterParts {
  pending: readonly PendingPart[];
  /** Their errors are masked. Never rejects; ends early when the request is aborted or its time is over. */
  deliveries: AsyncGenerator<MaskedDelivery, undefined>;
}
export interface MaskedDelivery extends Omit<Delivery, 'parts'> {
  parts: readonly (Omit<DeliveredPart, 'errors'> & { errors?: readonly GraphQLFormattedError[] })[];
}

/** A subscription that is accepted. */
export interface StreamAnswer {
  kind: 'stream';
  viewer: Viewer | null;
  /**
   * Begins it. Errors in results are masked. The iterator rejects with an `OperationError` when the subscription ends by an error, and its
   * `return` ends the subscription at once.
   */
  open(): AsyncIterableIterator<StreamResult, undefined>;
}

/** Never rejects. */
export type AnswerOperation = (request: OperationRequest) => Promise<OperationAnswer>;

export interface OperationSettings extends TimedExecutionSettings {
  graph(): Graph;
  viewers: Viewers;
  persisted: Persisted;
  groups: Groups;
  traffic: Traffic;
  hooks: GatewayHooks;
  /** Absent: nothing is counted. */
  usage?: Usage | undefined;
  log: Log;
}

/**
 * The one way in: every door hands its operations to this function, so each rule holds at every door. In turn: who asks, the safelist, the limits
 * and validity of the document, its variables and cost, admission, execution, and what the client may read of errors.
 */
export function openOperations(settings: OperationSettings): AnswerOperation {
  const { graph, viewers, persisted, groups, traffic, report, hooks, log } = settings;
  const execute = openExecution(settings);
  const refused = (stage: SingleAnswer['stage'], errors: readonly unknown[]): SingleAnswer => ({
    kind: 'single',
    stage,
    errors: report(errors.map(asGraphQLError)),
  });

  const answer = async (
    request: OperationRequest,
    span?: Span,
    facts?: Partial<AnswerFacts>,
  ): Promise<OperationAnswer> => {
    const { authorization, address, requestId, variables } = request;
    const trace = request.trace ?? traceIn(request.extensions);
    let caller: Caller;
    let text: string;
    try {
      const { signal, headers, cache } = request;
      await hooks.onRequest?.(request);
      caller = {
        viewer: await viewers(authorization),
        authorization,
        requestId,
        address,
        signal,
        headers,
        cache,
        trace,
      };
      text = persisted.textOf(request.query, request.extensions) ?? missing();
    } catch (error) {
      return refused('request', [error]);
    }
    const served = graph();
    const { operation, errors } = served.documents.read(text, request.operationName || undefined, variables);
    if (!operation) return refused('document', errors);
    span?.updateName(`${operation.kind} ${nameOf(operation)}`.trim());
    const unfit = request.refuse?.(operation.kind);
    if (unfit) return refused('document', [unfit]);
    if (facts) Object.assign(facts, { kind: operation.kind, name: nameOf(operation) });
    if (hooks.onOperation)
      try {
        await hooks.onOperation(factsOf(request, operation, caller));
      } catch (error) {
        return refused('request', [error]);
      }
    const { document, operationName } = operation;
    settings.usage?.note(served.execution.apiSchema, document, operationName, request.client);
    if (operation.kind === OperationTypeNode.SUBSCRIPTION)
      return subscribe(subscriptionRequestOf(served, operation, variables, caller), served);
    return execute(served, operation, caller, (request.takesParts && operation.hasDeferred) ?? false);
  };

  const subscribe = (asked: SubscriptionRequest, { terms }: Graph): OperationAnswer => {
    const { viewer } = asked.caller;
    try {
      if (!terms.streams[asked.field]?.isPublic) signedIn(viewer);
    } catch (error) {
      return refused('request', [error]);
    }
    return { kind: 'stream', viewer, open: () => new MaskedResults(groups.subscribe(asked), report) };
  };

  const answerTraced = (request: OperationRequest, facts?: Partial<AnswerFacts>) => {
    const from = request.trace ?? traceIn(request.extensions);
    const attributes = { 'questline.door': request.door, 'questline.request_id': request.requestId };
    return traced('operation', { kind: 'server', from, attributes }, (span) => answer(request, span, facts));
  };

  const tell = (
    request: OperationRequest,
    result: OperationAnswer,
    facts: Partial<AnswerFacts>,
    milliseconds: number,
  ) => {
    const { door, requestId, address } = request;
    const errors = result.kind === 'single' ? (result.errors ?? []) : [];
    try {
      hooks.onAnswer!({ ...facts, door, requestId, address, milliseconds, errors });
    } catch (error) {
      log.error({ err: error, requestId }, 'the hook onAnswer failed');
    }
  };

  return async (request) => {
    const answered = traffic.begin(request.door);
    const facts: Partial<AnswerFacts> | undefined = hooks.onAnswer && {};
    const began = performance.now();
    const result = isTracing() ? await answerTraced(request, facts) : await answer(request, undefined, facts);
    if (facts) tell(request, result, facts, performance.now() - began);
    if (result.kind === 'single') answered();
    return result;
  };
}

function factsOf(
  { door, requestId, address }: OperationRequest,
  operation: ReadOperation,
  { viewer }: Caller,
): OperationFacts {
  const { kind, document, variables } = operation;
  return { door, requestId, address, kind, name: nameOf(operation) || undefined, document, variables, viewer };
}

const nameOf = ({ document, operationName }: ReadOperation) =>
  getOperationAST(document, operationName)?.name?.value ?? '';

function missing(): never {
  throw new Refusal('BAD_REQUEST', 'The request has neither a query nor the hash of a persisted one.');
}
