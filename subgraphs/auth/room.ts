import type { Carrier } from '../shared/carrier.ts';
import { openDatabase } from '../shared/database.ts';
import type { Seal } from '../shared/events.ts';
import { type Handler, answerJson } from '../shared/http.ts';
import type { JsonWebKeySet, KeySource } from '../shared/identity.ts';
import type { Log } from '../shared/log.ts';
import { OutboxRow, startRelay } from '../shared/outbox.ts';
import { type Subgraph, startSubgraph } from '../shared/subgraph.ts';
import { openContext } from './context.ts';
import { RefreshTokenRow, SessionRow, SignInRow, UserRow } from './entities.ts';
import { authMigrations } from './migrations/all.ts';
import { openPasswords } from './passwords.ts';
import { resolvers } from './resolvers.ts';
import { seedDemo } from './seed.ts';
import { openTokens } from './tokens.ts';

export interface AuthSettings {
  databaseUrl: string;
  host: string;
  port: number;
  gatewaySecret: string;
  /** Stays the caller's to close, after the room has stopped. */
  carrier: Carrier;
  seal: Seal;
  /** PEM, PKCS8: a private key of the curve P-256. */
  signingKey: string;
  /** PEM: public keys whose tokens are still good. */
  previousKeys?: readonly string[];
  /** Adds the demo users. */
  demo: boolean;
  log: Log;
}

export interface Auth extends Subgraph {
  /** Where other rooms find the public keys. */
  jwksUrl: string;
  /** The same keys for rooms in this process. */
  keys: KeySource;
}

const jwksPath = '/.well-known/jwks.json';

/** Starts auth: tables, relay, then the door. Stopping goes the other way round, so that the last answers' events are still relayed or kept. */
export async function startAuth(settings: AuthSettings): Promise<Auth> {
  const { log, carrier, seal, host, port, gatewaySecret } = settings;
  const tokens = openTokens(settings.signingKey, settings.previousKeys);
  const passwords = openPasswords();
  await using starting = new AsyncDisposableStack();
  const database = await openDatabase({
    url: settings.databaseUrl,
    room: 'auth',
    entities: [UserRow, SessionRow, RefreshTokenRow, SignInRow, OutboxRow],
    migrations: authMigrations,
    log,
  });
  starting.defer(() => database.close());
  if (settings.demo) await seedDemo(database, passwords, new Date());
  const relay = startRelay(database, carrier, seal, 'auth', log);
  starting.defer(() => relay.stop());
  const subgraph = await startSubgraph({
    schemaFile: new URL('schema.graphql', import.meta.url),
    resolvers,
    context: (caller) => openContext({ database, passwords, tokens, wake: () => relay.wake() }, caller),
    host,
    port,
    gatewaySecret,
    keys: tokens.keys,
    log,
    ready: () => database.ping(),
    route: (path, request, response) => path === jwksPath && answerKeys(tokens.jwks, request, response),
  });
  starting.defer(() => subgraph.stop());
  const running = starting.move();
  return {
    url: subgraph.url,
    jwksUrl: new URL(jwksPath, subgraph.url).href,
    keys: tokens.keys,
    stop: () => running.disposeAsync(),
  };
}

function answerKeys(jwks: JsonWebKeySet, _: Parameters<Handler>[0], response: Parameters<Handler>[1]): true {
  response.setHeader('cache-control', 'public, max-age=300');
  answerJson(response, 200, jwks);
  return true;
}
