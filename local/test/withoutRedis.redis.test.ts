import { until } from '../../shared/testing/harness.ts';
import { type Redis, redisUrl, startRedis } from '../../shared/testing/redis.ts';
import { freePort } from '../ports.ts';
import { openProcesses } from './processes.ts';

let port: number;
let processes: Awaited<ReturnType<typeof openProcesses>>;
let redis: Redis | undefined;
beforeAll(async () => {
  port = await freePort();
  processes = await openProcesses((user) => redisUrl(port, user));
});
afterAll(async () => {
  await processes.stop();
  await redis?.stop();
});

test('everything starts while Redis is away and lets players in; what they did counts as soon as Redis comes', async () => {
  const auth = await processes.subgraph('auth');
  const [catalog, progress] = await Promise.all([processes.subgraph('catalog'), processes.subgraph('progress')]);
  const gateway = await processes.gateway({ auth, catalog, progress });
  const ask = async <Data>(query: string, token?: string): Promise<Data> => {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
    const response = await fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify({ query }) });
    const { data, errors } = (await response.json()) as { data: Data; errors?: unknown };
    expect(errors).toBeUndefined();
    return data;
  };
  const credentials = 'name: "early", password: "before the carrier came"';
  await ask(`mutation { signUp(input: { ${credentials} }) { user { id } } }`);
  const signIn = `mutation { signIn(input: { ${credentials} }) { accessToken } }`;
  const { accessToken } = (await ask<{ signIn: { accessToken: string } }>(signIn)).signIn;
  const events = async () => {
    const { me } = await ask<{ me: { events: { nodes: { type: string }[] } } }>(
      '{ me { events { nodes { type } } } }',
      accessToken,
    );
    return me.events.nodes.map(({ type }) => type).sort();
  };
  expect(await events()).toEqual([]);
  redis = await startRedis(port);
  await until(async () => (await events()).length === 3, 'the sign-ins are delivered');
  expect(await events()).toEqual(['NewUserSignIn', 'UserActive', 'UserSignIn']);
});
