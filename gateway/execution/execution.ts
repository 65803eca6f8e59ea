import type { DocumentNode, ExecutionResult, GraphQLError, GraphQLFormattedError, GraphQLSchema } from 'graphql';
import type { AnswerHead } from './answer/answerHeads.ts';
import type { Caller } from '../identity/forwarding.ts';

/** One operation of a client: its document is valid against `apiSchema` and its variables are coerced, defaults included. */
export interface Operation {
  document: DocumentNode;
  operationName?: string | null | undefined;
  variables: Record<string, unknown>;
  caller: Caller;
  /** The document has a value that only a subgraph can check. */
  hasOpaqueInput?: boolean;
  /** Its deferred fragments may be answered later than the rest; else the answer comes whole. */
  mayDefer?: boolean;
}

/** One POST to a subgraph: `body` is the JSON text of `{ query, operationName?, variables }`. */
export interface SubgraphRequest {
  /** The subgraph's name in the supergraph. */
  service: string;
  url: string;
  body: string;
  /** What the body asks of entities, when it asks nothing else. */
  entities?: EntityRequest | undefined;
  caller: Caller;
  /** Asking twice does no harm: it is no mutation. */
  mayRepeat?: boolean;
  /** It may be refused for a value that the client wrote. */
  hasOpaqueInput?: boolean | undefined;
}

/** Entities that one body asks for. */
export interface EntityRequest {
  parts: readonly EntityPart[];
  /** The body that asks the parts for these representations, each JSON, in place of their own. */
  bodyFor(representations: readonly (readonly string[])[]): string;
}

export interface EntityPart {
  /** The response key of its list. */
  key: string;
  /** What is asked of each entity, variables included: equal wherever the same is asked. */
  selection: string;
  /** Each as JSON. */
  representations: readonly string[];
}

/** What a subgraph said. Its errors are masked already; their paths are those of the subgraph. */
export interface SubgraphAnswer {
  data?: Record<string, unknown> | null;
  errors?: readonly GraphQLFormattedError[];
  /** Those that somebody collects. */
  headers?: Readonly<Record<string, readonly string[]>>;
}

/** Never rejects: a subgraph that is away, late or talks nonsense is an answer with one error and no data. */
export type SendToSubgraph = (request: SubgraphRequest) => Promise<SubgraphAnswer>;

/** How one subscription is served: a stream of one subgraph, and what completes each of its events from the others. */
export interface SubscriptionPlan {
  service: string;
  url: string;
  /** What to subscribe to at the subgraph. */
  query: string;
  operationName?: string | undefined;
  variables: Record<string, unknown>;
  rootField: { name: string; responseKey: string; args: Record<string, unknown> };
  hasOpaqueInput?: boolean | undefined;
  /** Turns an event of the subgraph into the client's result. Events may be completed side by side; the event is not changed. */
  complete(event: SubgraphAnswer): Promise<WrittenResult>;
}

/** An `ExecutionResult` whose data is JSON text already. */
export interface WrittenResult {
  data: string;
  errors?: readonly GraphQLError[];
  /** Collected where that is set. */
  head?: AnswerHead;
}

/** What is known of an operation that has a plan: enough to make its plan again, by another supergraph. */
export interface OperationInUse {
  /** As it was sent. */
  text: string;
  operationName?: string | null | undefined;
  /** Variables that `@skip` and `@include` are about. */
  conditions: Readonly<Record<string, boolean>>;
}

/** A deferred fragment at one place of the answer, which comes later. */
export interface PendingPart {
  id: string;
  path: readonly (string | number)[];
  label: string | undefined;
}

/** One that has come. Its data is JSON text: 'null' when it cannot be answered. */
export interface DeliveredPart extends PendingPart {
  data: string;
  errors?: readonly GraphQLError[];
}

/** Parts that have come together, and what begins to be awaited with them. */
export interface Delivery {
  parts: readonly DeliveredPart[];
  /** Parts that never come: since they were announced, another has answered what is around them as null. */
  dropped: readonly PendingPart[];
  pending: readonly PendingPart[];
  hasNext: boolean;
}

/** An answer whose deferred parts follow; without any, `pending` is empty. */
export interface ResultInParts extends WrittenResult {
  pending: readonly PendingPart[];
  /** Never rejects. */
  deliveries: AsyncIterableIterator<Delivery>;
  /** Resolves when no subgraph is asked any more, whether or not anybody takes the deliveries. Never rejects. */
  finished: Promise<unknown>;
}

/** One composed supergraph, ready to be asked. A reload makes a new one. */
export interface Execution {
  /** What clients see. */
  readonly apiSchema: GraphQLSchema;
  readonly supergraphSdl: string;
  readonly subgraphs: readonly { name: string; url: string }[];
  /** Operations that have a plan, the newest last. */
  inUse(): OperationInUse[];
  /** Makes the plan of an operation that may be executed soon. Throws when it cannot be planned. */
  prepare(operation: Operation): void;
  /** Executes a query or a mutation. A null that the schema forbids is an error at its path. Rejects only when the operation cannot be planned. */
  execute(operation: Operation): Promise<ExecutionResult>;
  /** The same, as it is sent. */
  write(operation: Operation): Promise<WrittenResult>;
  /** The same, its deferred fragments each when it is ready. */
  writeInParts(operation: Operation): Promise<ResultInParts>;
  /** Splits a subscription. Throws when it cannot be planned. */
  planSubscription(operation: Operation): SubscriptionPlan;
}
