import { createPublicKey, randomUUID } from 'node:crypto';
import { startGateway } from '../../gateway/server.ts';
import { openRedisCarrier } from '../../shared/delivery/carrierRedis.ts';
import { type MigrationStep, openDatabase } from '../../shared/database/database.ts';
import { Seal } from '../../shared/events.ts';
import { remoteKeys } from '../../shared/identity.ts';
import { OutboxRow } from '../../shared/delivery/outbox.ts';
import { testDatabase, until, untilEqual } from '../../shared/testing/harness.ts';
import { type Redis, startRedis } from '../../shared/testing/redis.ts';
import { authMigrations } from '../../subgraphs/auth/migrations/all.ts';
import { startAuth } from '../../subgraphs/auth/subgraph.ts';
import { openTokens } from '../../subgraphs/auth/sessions/tokens.ts';
import { catalogMigrations } from '../../subgraphs/catalog/migrations/all.ts';
import { startCatalog } from '../../subgraphs/catalog/subgraph.ts';
import { progressMigrations } from '../../subgraphs/progress/migrations/all.ts';
import { startProgress } from '../../subgraphs/progress/subgraph.ts';
import { type Secrets, makeSecrets } from '../keep.ts';
import { freePort } from '../ports.ts';
import { type Connection, connect } from '../sql.ts';
import { log } from './graph.ts';

/** What the environment of every process says in one step of a rotation: what it uses, and what it accepts beside it. */
interface Step {
  uses: Secrets;
  accepts: Secrets[];
}

const publicOf = ({ signingKey }: Secrets) =>
  createPublicKey(signingKey).export({ type: 'spki', format: 'pem' }).toString();

/** Of one replica, at an address of its own on each start. */
type Start = (step: Step, port: number) => Promise<Running>;

interface Running {
  /** Of a subgraph. */
  leave?(): void;
  stop(): Promise<void>;
}

/** Two replicas of each subgraph and two gateways, on one PostgreSQL and one Redis. */
let redis: Redis;
let progress: Connection;
let auth: Connection;
const stops: (() => Promise<unknown>)[] = [];
let start: Record<'auth' | 'catalog' | 'progress' | 'gateway', Start>;
let ports: Record<keyof typeof start, [number, number]>;
const replicas: { kind: keyof typeof start; port: number; running: Running }[] = [];
/** What a load balancer sends requests to: gateways that are ready. */
const serving = new Set<number>();
const [before, after] = [makeSecrets(), makeSecrets()];

beforeAll(async () => {
  redis = await startRedis();
  stops.push(() => redis.stop());
  const database = async (name: string, migrations: readonly MigrationStep[]) => {
    const { url, drop } = await testDatabase(name, async (template) =>
      (await openDatabase({ url: template, subgraph: name, entities: [OutboxRow], migrations, log })).close(),
    );
    stops.push(drop);
    return url;
  };
  const urls = {
    auth: await database('auth', authMigrations),
    catalog: await database('catalog', catalogMigrations),
    progress: await database('progress', progressMigrations),
  };
  const pair = async (): Promise<[number, number]> => [await freePort(), await freePort()];
  ports = { auth: await pair(), catalog: await pair(), progress: await pair(), gateway: await pair() };
  const keys = () => remoteKeys(`http://127.0.0.1:${ports.auth[0]}/.well-known/jwks.json`);
  const common = ({ uses, accepts }: Step, name: keyof typeof urls, port: number) => ({
    ...{ databaseUrl: urls[name], host: '127.0.0.1', port, log, demo: true, redisUrl: redis.url },
    gatewaySecret: uses.gatewaySecret,
    acceptedGatewaySecrets: accepts.map(({ gatewaySecret }) => gatewaySecret),
    seal: new Seal(
      uses.eventSecret,
      accepts.map(({ eventSecret }) => eventSecret),
    ),
  });
  /** With a carrier of its own, which ends after it. */
  const carried =
    (
      open: (step: Step, port: number, carrier: Awaited<ReturnType<typeof openRedisCarrier>>) => ReturnType<Start>,
    ): Start =>
    async (step, port) => {
      const carrier = await openRedisCarrier(redis.url, log);
      const running = await open(step, port, carrier);
      return { leave: () => running.leave?.(), stop: async () => (await running.stop(), carrier.close()) };
    };
  start = {
    auth: carried((step, port, carrier) =>
      startAuth({
        ...common(step, 'auth', port),
        carrier,
        signingKey: step.uses.signingKey,
        previousKeys: step.accepts.map(publicOf),
      }),
    ),
    catalog: carried((step, port, carrier) =>
      startCatalog({ ...common(step, 'catalog', port), carrier, keys: keys() }),
    ),
    progress: carried((step, port, carrier) =>
      startProgress({ ...common(step, 'progress', port), carrier, keys: keys() }),
    ),
    gateway: (step, port) => {
      const both = (kind: 'auth' | 'catalog' | 'progress') =>
        ports[kind].map((each) => `http://127.0.0.1:${each}/graphql`).join(',');
      return startGateway({
        ...{ host: '127.0.0.1', port, log, development: false, allowedOrigins: [] },
        supergraph: {
          file: 'supergraph.yaml',
          urls: { auth: both('auth'), catalog: both('catalog'), progress: both('progress') },
        },
        gatewaySecret: step.uses.gatewaySecret,
        keys: keys(),
      });
    },
  };
  for (const kind of ['auth', 'catalog', 'progress', 'gateway'] as const)
    for (const port of ports[kind]) {
      replicas.push({ kind, port, running: await start[kind]({ uses: before, accepts: [] }, port) });
      if (kind === 'gateway') serving.add(port);
    }
  [progress, auth] = [await connect(urls.progress), await connect(urls.auth)];
  await until(async () => (await progress.query('select from quest')).rows.length === 3, 'the demo’s quests');
});
afterAll(async () => {
  await progress.end();
  await auth.end();
  for (const { running } of replicas.toReversed()) await running.stop();
  for (const stop of stops.toReversed()) await stop();
});

/** Each process once, one after the other, with these secrets; players ask while it leaves, while it is away, and when it is back. */
async function roll(step: Step): Promise<void> {
  for (const replica of replicas) {
    replica.running.leave?.();
    await play();
    serving.delete(replica.port);
    await replica.running.stop();
    await play();
    replica.running = await start[replica.kind](step, replica.port);
    if (replica.kind === 'gateway') serving.add(replica.port);
    await play();
  }
}

async function ask(port: number, query: string, variables: object, token?: string) {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as {
    // A test names the fields that it reads.
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    data: any;
    errors?: { message: string; extensions: { code: string } }[];
  };
}
const signIn = 'mutation ($input: GuestSignInInput!) { signInAsGuest(input: $input) { accessToken } }';
const look = '{ me { id wallet { diamonds } quests { streak quest { title } } } }';
const anyGateway = () => [...serving][0]!;
const enter = async (port: number) => {
  const { data, errors } = await ask(port, signIn, { input: { deviceId: `device ${randomUUID()}` } });
  if (errors) throw new Error(`${errors[0]!.extensions.code}: ${errors[0]!.message}`);
  return data.signInAsGuest.accessToken as string;
};

/** Twice by each gateway, so that each of its subgraphs' replicas is asked: a sign-in, and a query over all subgraphs. */
async function play(): Promise<void> {
  for (const port of [...serving, ...serving]) {
    const { errors } = await ask(port, look, {}, await enter(port));
    expect(errors).toBeUndefined();
  }
}

test('every secret of processes that run is changed, and nothing that players ask meanwhile fails', async () => {
  const early = await enter(anyGateway());
  await roll({ uses: before, accepts: [after] });
  expect((await ask(anyGateway(), look, {}, early)).errors).toBeUndefined();
  await roll({ uses: after, accepts: [before] });
  expect((await ask(anyGateway(), look, {}, early)).errors).toBeUndefined();
  // The old key of events is taken away once the outboxes have been empty.
  await quiet();
  await roll({ uses: after, accepts: [] });
  await quiet();

  // All that was sent is applied, and none of it was refused.
  const numberOf = async (database: Connection, from: string) =>
    (await database.query<{ n: number }>(`select count(*)::int as n from ${from}`)).rows[0]!.n;
  expect(await numberOf(progress, `event where source = 'auth' and type in ('NewUserSignIn', 'UserSignIn')`)).toBe(
    await numberOf(auth, 'sign_in'),
  );
  expect(await numberOf(progress, 'dead_letter')).toBe(0);

  // What was is worth nothing any more.
  const forged = openTokens(before.signingKey).signAccess({
    ...{ userId: randomUUID(), sessionId: randomUUID(), roles: ['OPERATOR'] },
    ...{ issuedAt: new Date(), expiresAt: new Date(Date.now() + 60_000) },
  });
  for (const token of [early, forged])
    expect((await ask(anyGateway(), look, {}, token)).errors![0]!.extensions.code).toBe('UNAUTHENTICATED');
  for (const kind of ['auth', 'catalog', 'progress'] as const)
    for (const port of ports[kind]) {
      const shown = async (secret: string) => {
        const answer = await fetch(`http://127.0.0.1:${port}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-gateway-secret': secret },
          body: JSON.stringify({ query: '{ __typename }' }),
        });
        return answer.status;
      };
      expect([await shown(before.gatewaySecret), await shown(after.gatewaySecret)]).toEqual([401, 200]);
    }
});

const quiet = () =>
  untilEqual(
    async () => (await auth.query<{ n: number }>('select count(*)::int as n from outbox')).rows[0]!.n,
    0,
    'every event to be confirmed',
  );
