/** The statuses of gRPC that a code of the graph can have, by their published names. */
export type GrpcStatus =
  | 'INVALID_ARGUMENT'
  | 'UNAUTHENTICATED'
  | 'PERMISSION_DENIED'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'ABORTED'
  | 'RESOURCE_EXHAUSTED'
  | 'UNAVAILABLE'
  | 'DEADLINE_EXCEEDED'
  | 'INTERNAL';

export interface CodeTerms {
  /** The status of a request over HTTP that came to nothing but this. */
  http: number;
  grpc: GrpcStatus;
  /** For people. */
  meaning: string;
}

const terms = (http: number, grpc: GrpcStatus, meaning: string): CodeTerms => ({ http, grpc, meaning });
/** The request has to be another one. */
const wrong = (meaning: string) => terms(400, 'INVALID_ARGUMENT', meaning);
/** The same request may succeed later. */
const later = (meaning: string) => terms(503, 'UNAVAILABLE', meaning);

/** Every code that a client can meet in `extensions.code`, and what each door makes of it. The list is closed: whatever is not on it is masked. */
export const codeTerms = {
  UNAUTHENTICATED: terms(401, 'UNAUTHENTICATED', 'No valid access token was sent.'),
  INVALID_CREDENTIALS: terms(401, 'UNAUTHENTICATED', 'Name or password is wrong.'),
  FORBIDDEN: terms(403, 'PERMISSION_DENIED', 'The caller may not do this.'),
  UNAUTHORIZED_FIELD_OR_TYPE: terms(403, 'PERMISSION_DENIED', 'The caller may not read this field.'),
  NOT_FOUND: terms(404, 'NOT_FOUND', 'There is nothing that the caller may see.'),
  CONFLICT: terms(409, 'ABORTED', 'What is there now does not allow it, or has been changed meanwhile.'),
  IDEMPOTENCY_CONFLICT: terms(409, 'ALREADY_EXISTS', 'The idempotency key was used for something else.'),
  BAD_USER_INPUT: wrong('A value is not what its type or its rules say.'),
  BAD_REQUEST: wrong('The request cannot be read, or not at this address.'),
  PAYLOAD_TOO_LARGE: terms(413, 'RESOURCE_EXHAUSTED', 'The request is larger than it may be.'),
  RATE_LIMITED: terms(429, 'RESOURCE_EXHAUSTED', 'Too much was asked in too short a time.'),
  TOO_MANY_SUBSCRIPTIONS: terms(429, 'RESOURCE_EXHAUSTED', 'The connection has as many subscriptions as it may have.'),
  SUBSCRIPTION_SLOW_CONSUMER: terms(429, 'RESOURCE_EXHAUSTED', 'The results of a subscription are read too slowly.'),
  SUBSCRIPTION_ENDED: later('The subgraph has ended the subscription.'),
  SUBSCRIPTION_SCHEMA_RELOAD: later('The subscription does not fit the new schema.'),
  SUBSCRIPTIONS_OVER_WS_ONLY: wrong('The request takes no stream, and a subscription is one.'),
  UNAVAILABLE: later('It cannot be done at the moment.'),
  SUBGRAPH_UNAVAILABLE: later('A subgraph cannot be used at the moment.'),
  SUBGRAPH_TIMEOUT: terms(504, 'DEADLINE_EXCEEDED', 'A subgraph took too long.'),
  OPERATION_TIMEOUT: terms(504, 'DEADLINE_EXCEEDED', 'The operation took too long.'),
  GRAPHQL_PARSE_FAILED: wrong('The document is not GraphQL.'),
  GRAPHQL_VALIDATION_FAILED: wrong('The document does not fit the schema.'),
  OPERATION_RESOLUTION_FAILURE: wrong('The document has no operation of that name, or several and none was named.'),
  MAX_TOKENS_LIMIT: wrong('The document has too many tokens.'),
  MAX_DEPTH_LIMIT: wrong('The document is nested too deeply.'),
  MAX_ALIASES_LIMIT: wrong('The document has too many aliases.'),
  MAX_ROOT_FIELDS_LIMIT: wrong('The operation has too many fields at its root.'),
  MAX_DIRECTIVES_LIMIT: wrong('The document has too many directives.'),
  MAX_HEIGHT_LIMIT: wrong('The document has too many fields, fragments included.'),
  QUERY_TOO_COMPLEX: wrong('The operation is too complex.'),
  COST_ESTIMATED_TOO_EXPENSIVE: wrong('The operation may cost more than it may: ask for fewer at once.'),
  PERSISTED_QUERY_NOT_FOUND: wrong('No document of this hash is known here: send it once.'),
  PERSISTED_QUERY_NOT_SUPPORTED: wrong('Persisted queries of this kind are not served.'),
  PERSISTED_QUERY_HASH_MISMATCH: wrong('The hash is not that of the document.'),
  QUERY_NOT_IN_SAFELIST: wrong('The document is none of those that are served.'),
  QUERY_PLANNING_FAILED: terms(500, 'INTERNAL', 'The operation is valid and cannot be planned.'),
  INTERNAL_SERVER_ERROR: terms(500, 'INTERNAL', 'Something is wrong inside; the log knows what.'),
} satisfies Record<string, CodeTerms>;
