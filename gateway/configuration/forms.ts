import { isRange } from '../doors/addresses.ts';
import { formed } from './kinds.ts';

/** Forms of text that several settings have. */

/** Only plain web addresses without a password in them, and none where clouds tell their machines' secrets. */
export function isWebAddress(url: string): boolean {
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address === undefined || address.username || address.password) return false;
  return /^https?:$/.test(address.protocol) && !/^(169\.254\.|\[fe80:|\[fd00:ec2:|metadata\.)/.test(address.hostname);
}

/** The addresses of one subgraph, each of which serves all of it. */
export const addressesIn = (text: string): string[] => text.split(',').flatMap((address) => address.trim() || []);

export const webAddress = formed('a web address like http://host/graphql', '^https?://[^\\s]+$', isWebAddress);

export const isWebAddresses = (text: string): boolean =>
  addressesIn(text).length > 0 && addressesIn(text).every(isWebAddress);

export const webAddresses = formed(
  'a web address like http://host/graphql, or several with commas between',
  '^\\s*https?://[^\\s,]+(\\s*,\\s*https?://[^\\s,]+)*\\s*$',
  isWebAddresses,
);

export const network = formed('an address like 10.0.0.7 or a network like 10.0.0.0/8', '^[0-9a-fA-F.:/]+$', isRange);

/** As browsers send it: scheme, host and port, and nothing after. Web views have schemes of their own. */
export const origin = formed('an origin like https://game.example', '^[a-z][a-z0-9+.-]*://[^/\\s]+$', (given) => {
  if (!URL.canParse(given)) return false;
  const { origin: parsed, protocol, host } = new URL(given);
  return parsed === given || (parsed === 'null' && `${protocol}//${host}` === given);
});

export const headerName = formed('the name of a header in lower case', "^[a-z0-9!#$%&'*+.^_`|~-]+$");

/** Headers that make up the connection or the trust between the gateway and its subgraphs: no rule may touch them. */
export const reserved: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding'],
  ...['upgrade', 'host', 'content-length', 'content-type', 'content-encoding', 'accept', 'accept-encoding', 'expect'],
  ...['x-gateway-secret', 'x-client-address', 'x-request-id', 'traceparent', 'tracestate'],
]);

export const fieldName = formed('a name of GraphQL', '^[_A-Za-z][_0-9A-Za-z]*$');

/** Where a claim stands in a token: `roles`, `realm_access.roles`, or a name with dots in quotes: `"https://a.example/roles"`. */
export const claimPath = formed(
  'the path of a claim like realm_access.roles',
  '^("[^"]+"|[^".\\s]+)(\\.("[^"]+"|[^".\\s]+))*$',
);
