import type { IncomingHttpHeaders } from 'node:http';

/** How a client calls itself: by the headers of Apollo's clients, or those of Hive's. */
export function clientIn(headers: IncomingHttpHeaders): string | undefined {
  const name = headers['apollographql-client-name'] ?? headers['graphql-client-name'];
  const version = headers['apollographql-client-version'] ?? headers['graphql-client-version'];
  if (name === undefined) return undefined;
  return version === undefined ? String(name) : `${String(name)} ${String(version)}`;
}
