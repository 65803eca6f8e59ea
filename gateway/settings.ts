import { type Environment, StartRefusal, port, required, secret } from '../shared/environment.ts';
import { remoteKeys } from '../shared/identity.ts';
import { isRange } from './doors/addresses.ts';
import { limits } from './limits/limits.ts';
import { readSafelist } from './documents/persisted.ts';
import type { GatewaySettings } from './server.ts';
import { routingUrls } from './supergraph/supergraph.ts';

/** The gateway's part of the configuration table. Throws a StartRefusal for the first variable that does not fit. */
export function readSettings(environment: Environment): Omit<GatewaySettings, 'log'> {
  refuseContradictions(environment);
  const jwksUrl = required(environment, 'JWKS_URL', "the address of auth's public keys");
  const safelist = environment['SAFELIST'];
  return {
    host: environment['HOST'] ?? '127.0.0.1',
    port: port(environment, 'PORT', 4000),
    supergraph: { file: environment['SUPERGRAPH'] ?? './supergraph.yaml', urls: routingUrls(environment) },
    gatewaySecret: secret(environment, 'GATEWAY_SECRET', 'what the gateway shows to the subgraphs'),
    keys: remoteKeys(jwksUrl),
    endingsUrl: new URL('/sessions/ended', jwksUrl).href,
    trustedProxies: ranges(environment, 'TRUSTED_PROXIES'),
    ...(safelist && { safelist: readSafelist(safelist) }),
    development: flag(environment, 'DEVELOPMENT'),
    allowedOrigins: origins(environment, 'ALLOWED_ORIGINS'),
    subgraphTimeoutMs: milliseconds(environment, 'SUBGRAPH_TIMEOUT_MS', 2000),
    timing: { drainMs: milliseconds(environment, 'DRAIN_MS', 1500) },
    crowd: {
      connectionsPerUser: count(environment, 'CONNECTIONS_PER_USER', limits.connectionsPerUser),
      connectionsPerAddress: count(environment, 'CONNECTIONS_PER_ADDRESS', limits.connectionsPerAddress),
      strangersPerAddress: count(environment, 'STRANGERS_PER_ADDRESS', limits.strangersPerAddress),
    },
  };
}

function flag(environment: Environment, name: string): boolean {
  const value = environment[name] || 'false';
  if (value !== 'true' && value !== 'false')
    throw new StartRefusal(
      `${name} is neither true nor false: ${value.slice(0, 40)}.`,
      `Set ${name} to true or false.`,
    );
  return value === 'true';
}

/** Switches of the libraries that would open what is shut here, and a NODE_ENV that says the opposite of the rest. */
function refuseContradictions(environment: Environment): void {
  const opened = Object.keys(environment).find((name) => name.startsWith('APOLLO_DISABLE_'));
  if (opened)
    throw new StartRefusal(`${opened} is set, which switches protection off.`, `Start the gateway without ${opened}.`);
  if (environment['NODE_ENV'] === 'production' && flag(environment, 'DEVELOPMENT'))
    throw new StartRefusal(
      'DEVELOPMENT is on while NODE_ENV is production.',
      'Leave DEVELOPMENT out where the gateway serves real players.',
    );
}

/** Addresses and networks, with commas between. */
function ranges(environment: Environment, name: string): string[] {
  const given = (environment[name] ?? '').split(',').flatMap((range) => range.trim() || []);
  const wrong = given.find((range) => !isRange(range));
  if (wrong !== undefined)
    throw new StartRefusal(
      `${name} has something that is no network: ${wrong.slice(0, 100)}.`,
      'List addresses like 10.0.0.7 or networks like 10.0.0.0/8 with commas between.',
    );
  return given;
}

/** Origins as browsers send them, with commas between: scheme, host and port, and nothing after. */
function origins(environment: Environment, name: string): string[] {
  const given = (environment[name] ?? '').split(',').flatMap((origin) => origin.trim() || []);
  const wrong = given.find((origin) => !URL.canParse(origin) || new URL(origin).origin !== origin);
  if (wrong !== undefined)
    throw new StartRefusal(
      `${name} has something that is no origin: ${wrong.slice(0, 100)}.`,
      `List origins like https://game.example with commas between.`,
    );
  return given;
}

function count(environment: Environment, name: string, fallback: number): number {
  const value = environment[name] || String(fallback);
  if (!/^[1-9]\d{0,6}$/.test(value))
    throw new StartRefusal(
      `${name} is not a number: ${value.slice(0, 40)}.`,
      `Set ${name} to a number from 1 to 9999999.`,
    );
  return Number(value);
}

function milliseconds(environment: Environment, name: string, fallback: number): number {
  const value = environment[name] || String(fallback);
  if (!/^[1-9]\d{0,5}$/.test(value))
    throw new StartRefusal(
      `${name} is not a number of milliseconds: ${value.slice(0, 40)}.`,
      `Set ${name} to a number from 1 to 999999.`,
    );
  return Number(value);
}
