import { GraphQLError, type GraphQLFormattedError } from 'graphql';

/** Every code that a client can meet in `extensions.code`. The list is closed: whatever is not on it is masked. */
export const codes = [
  'UNAUTHENTICATED',
  'INVALID_CREDENTIALS',
  'FORBIDDEN',
  'NOT_FOUND',
  'CONFLICT',
  'IDEMPOTENCY_CONFLICT',
  'BAD_USER_INPUT',
  'RATE_LIMITED',
  'UNAVAILABLE',
  'SUBGRAPH_UNAVAILABLE',
  'SUBGRAPH_TIMEOUT',
  'OPERATION_TIMEOUT',
  'SUBSCRIPTION_ENDED',
  'SUBSCRIPTIONS_OVER_WS_ONLY',
  'SUBSCRIPTION_SLOW_CONSUMER',
  'SUBSCRIPTION_SCHEMA_RELOAD',
  'TOO_MANY_SUBSCRIPTIONS',
  'BAD_REQUEST',
  'PAYLOAD_TOO_LARGE',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'MAX_TOKENS_LIMIT',
  'MAX_DEPTH_LIMIT',
  'MAX_ALIASES_LIMIT',
  'MAX_ROOT_FIELDS_LIMIT',
  'MAX_DIRECTIVES_LIMIT',
  'MAX_HEIGHT_LIMIT',
  'QUERY_TOO_COMPLEX',
  'COST_ESTIMATED_TOO_EXPENSIVE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'PERSISTED_QUERY_HASH_MISMATCH',
  'QUERY_NOT_IN_SAFELIST',
  'QUERY_PLANNING_FAILED',
  'UNAUTHORIZED_FIELD_OR_TYPE',
  'INTERNAL_SERVER_ERROR',
] as const;
export type Code = (typeof codes)[number];

/** What an error may say beside its code; whatever else a subgraph adds to an error stays with the gateway. */
export const details: ReadonlySet<string> = new Set([
  ...['retryAfterSeconds', 'faults', 'more', 'requiredBy', 'version', 'changes', 'cursor', 'events'],
  'serviceName',
]);

const known: ReadonlySet<unknown> = new Set(codes);
export const isCode = (code: unknown): code is Code => known.has(code);

/** A "no" that the caller may read: the message is written for people, the code for programs. */
export class Refusal extends GraphQLError {
  readonly code: Code;
  constructor(code: Code, message: string, extensions: Record<string, unknown> = {}) {
    super(message, { extensions: { code, ...extensions } });
    this.name = 'Refusal';
    this.code = code;
  }
}

export const unauthenticated = () => new Refusal('UNAUTHENTICATED', 'Sign in first: no valid access token was sent.');
export const unavailable = (retryAfterSeconds = 1) =>
  new Refusal(
    'UNAVAILABLE',
    `This cannot be done at the moment. Try again in ${retryAfterSeconds === 1 ? 'a second' : `${retryAfterSeconds} seconds`}.`,
    { retryAfterSeconds },
  );
export const forbidden = () => new Refusal('FORBIDDEN', 'You may not do this.');

const none: ReadonlySet<unknown> = new Set();

/** The one place that decides what a caller learns from an error: known codes and those in `shown` pass, all else becomes "Internal server error". */
export function mask(formatted: GraphQLFormattedError, shown: ReadonlySet<unknown> = none): GraphQLFormattedError {
  const { message, locations, path, extensions } = formatted;
  const place = { ...(locations && { locations }), ...(path && { path }) };
  const code = extensions?.['code'];
  if ((!isCode(code) && !shown.has(code)) || code === 'INTERNAL_SERVER_ERROR')
    return { message: 'Internal server error', ...place, extensions: { code: 'INTERNAL_SERVER_ERROR' } };
  const { stacktrace: _, exception: __, ...rest } = extensions as Record<string, unknown>;
  return { message, ...place, extensions: rest };
}
