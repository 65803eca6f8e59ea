import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { codeTerms } from './codes.ts';

export type Code = keyof typeof codeTerms;

/** What an error may say beside its code; whatever else a subgraph adds to an error stays with the gateway. */
export const details: ReadonlySet<string> = new Set([
  ...['retryAfterSeconds', 'faults', 'more', 'requiredBy', 'version', 'changes', 'cursor', 'events'],
  'serviceName',
]);

export const isCode = (code: unknown): code is Code => typeof code === 'string' && Object.hasOwn(codeTerms, code);

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
