import { type Environment, StartRefusal, port, required, secret } from '../subgraphs/shared/environment.ts';
import { remoteKeys } from '../subgraphs/shared/identity.ts';
import type { GatewaySettings } from './server.ts';
import { routingUrls } from './supergraph.ts';

/** The gateway's part of the configuration table. Throws a StartRefusal for the first variable that does not fit. */
export function readSettings(environment: Environment): Omit<GatewaySettings, 'log'> {
  return {
    host: environment['HOST'] ?? '127.0.0.1',
    port: port(environment, 'PORT', 4000),
    supergraph: { file: environment['SUPERGRAPH'] ?? './supergraph.yaml', urls: routingUrls(environment) },
    gatewaySecret: secret(environment, 'GATEWAY_SECRET', 'what the gateway shows to the subgraphs'),
    keys: remoteKeys(required(environment, 'JWKS_URL', "the address of auth's public keys")),
    development: flag(environment, 'DEVELOPMENT'),
    allowedOrigins: origins(environment, 'ALLOWED_ORIGINS'),
    subgraphTimeoutMs: milliseconds(environment, 'SUBGRAPH_TIMEOUT_MS', 2000),
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

function milliseconds(environment: Environment, name: string, fallback: number): number {
  const value = environment[name] || String(fallback);
  if (!/^[1-9]\d{0,5}$/.test(value))
    throw new StartRefusal(
      `${name} is not a number of milliseconds: ${value.slice(0, 40)}.`,
      `Set ${name} to a number from 1 to 999999.`,
    );
  return Number(value);
}
