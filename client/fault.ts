import { CombinedGraphQLErrors } from '@apollo/client/errors';

/** The code of what the graph refused; undefined when it was not reached. */
export function codeOf(error: unknown): string | undefined {
  if (CombinedGraphQLErrors.is(error)) return String(error.errors[0]?.extensions?.['code']);
  return (error as { statusCode?: number } | undefined)?.statusCode === 401 ? 'UNAUTHENTICATED' : undefined;
}

const sentences: Record<string, string> = {
  GRAPHQL_VALIDATION_FAILED: 'This page is older than the server. Reload it, please.',
  INTERNAL_SERVER_ERROR: 'Something went wrong on the server. Please try again in a moment.',
  SUBGRAPH_UNAVAILABLE: 'A part of the server is not answering. Please try again in a moment.',
  OPERATION_TIMEOUT: 'The server takes too long to answer. Please try again in a moment.',
  SUBGRAPH_TIMEOUT: 'A part of the server takes too long to answer. Please try again in a moment.',
  RATE_LIMITED: 'That was too often in a short time. Please wait a little.',
};

/** For the promise of a mutation whose refusal is shown by the hook that made it. */
export const shownByHook = (): undefined => undefined;

/** What went wrong, for whoever sits before the screen. The graph's own refusals are written for people already. */
export function inWords(error: unknown): string {
  const code = codeOf(error);
  if (code === undefined) return 'The server cannot be reached. Nothing you typed is lost; please try again.';
  return sentences[code] ?? (error as Error).message;
}
