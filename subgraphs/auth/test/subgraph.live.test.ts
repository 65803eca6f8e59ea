import { connect } from '../../../local/sql.ts';
import { viewerOf } from '../../../shared/identity.ts';
import { shareOf } from '../../../shared/delivery/carrier.ts';
import { streamsOf, usualPartitions } from '../../../shared/delivery/partitions.ts';
import { until } from '../../../shared/testing/harness.ts';
import { startAuth } from '../subgraph.ts';
import { type AuthDoor, emptyDatabase, openAuth } from './door.ts';

let auth: AuthDoor;
beforeAll(async () => (auth = await openAuth()));
afterAll(() => auth.stop());

test('a sign-in reaches the subgraph that counts it, and leaves the outbox once that subgraph has confirmed it', async () => {
  const { carrier, seal } = auth.settings;
  const received: unknown[] = [];
  const stop = carrier.consume(shareOf(...streamsOf('auth', usualPartitions)), 'progress', async (batch) => {
    received.push(...batch.map(({ sealed }) => seal.open('auth', sealed)));
  });
  const { user } = await auth.signUp({ name: 'ada' });
  await until(() => received.length > 0, 'the event arrives');
  expect(received[0]).toMatchObject({ source: 'auth', type: 'NewUserSignIn', userId: user.id, version: 1 });
  await until(async () => (await auth.sql('select 1 from outbox')).length === 0, 'the outbox is empty');
  await stop();
});

test('a second process beside the first finds tables and demo users, and honours the same tokens', async () => {
  const counted = () => auth.sql('select count(*)::int as users from users');
  const before = await counted();
  const second = await startAuth(auth.settings);
  expect(await counted()).toEqual(before);
  const { accessToken, user } = await auth.signIn({ name: 'user', password: 'password' });
  expect(await viewerOf(`Bearer ${accessToken}`, second.keys)).toMatchObject({ id: user.id });
  await second.stop();
});

test('a subgraph that cannot have its port says so and keeps no connection to its database', async () => {
  const own = await emptyDatabase();
  const port = Number(new URL(auth.url).port);
  const refused = startAuth({ ...auth.settings, databaseUrl: own.url, port });
  await expect(refused).rejects.toMatchObject({ name: 'StartRefusal' });
  const name = new URL(own.url).pathname.slice(1);
  const connections = () => auth.sql('select 1 from pg_stat_activity where datname = $1', [name]);
  await until(async () => (await connections()).length === 0, 'the refused subgraph has let go');
  await own.drop();
});

test('a subgraph without demo data begins with no user at all', async () => {
  const own = await emptyDatabase();
  const bare = await startAuth({ ...auth.settings, databaseUrl: own.url, demo: false });
  const connection = await connect(own.url);
  expect((await connection.query('select 1 from users')).rows).toEqual([]);
  await connection.end();
  await bare.stop();
  await own.drop();
});

test('ready is what the subgraph is while its database answers', async () => {
  expect((await fetch(new URL('/ready', auth.url))).status).toBe(200);
});

test('while its database is away a subgraph is unavailable, which is no fault of its own, and it is back with it', async () => {
  const { accessToken } = await auth.operator();
  const name = new URL(auth.settings.databaseUrl).pathname.slice(1);
  const elsewhere = Object.assign(new URL(auth.settings.databaseUrl), { pathname: '/postgres' }).href;
  const server = await connect(elsewhere);
  await server.query(`alter database "${name}" allow_connections false`);
  await server.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
  const me = '{ me { name } }';
  expect(await auth.ask(me, {}, accessToken)).toMatchObject({ code: 'UNAVAILABLE', retryAfterSeconds: 1 });
  await server.query(`alter database "${name}" allow_connections true`);
  await server.end();
  expect(await auth.ask(me, {}, accessToken)).toMatchObject({ data: { me: { name: 'operator' } } });
});
