import { randomUUID } from 'node:crypto';
import { until } from '../../shared/testing/harness.ts';
import { type Data, graphForTests } from './graph.ts';

const graph = graphForTests();

interface Answered {
  status: number;
  headers: Headers;
  body: Data;
}

async function call(address: string, method = 'GET', body?: unknown, authorization?: string): Promise<Answered> {
  const response = await fetch(new URL(address, graph.url()), {
    method,
    headers: {
      ...(authorization !== undefined && { authorization }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
}

const basic = (name: string, password: string) => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
const bearerOf = async (name: string) => `Bearer ${await graph.tokenOf(name)}`;

test('a quest by its id answers exactly what the contract names', async () => {
  const user = await bearerOf('user');
  const read = (address: string) => call(address, 'GET', undefined, user);
  const { body: quests } = await read('/api/v1/quests');
  const { quest_id } = quests.find((one: { name: string }) => one.name === 'sign-in-three-times');
  const { status, body } = await read(`/api/v1/quests/${quest_id}`);
  expect(status).toBe(200);
  expect(body).toEqual({
    quest_id,
    reward_id: body.rewards[0].reward_id,
    auto_claim: false,
    streak: 3,
    duplication: 2,
    name: 'sign-in-three-times',
    description: expect.any(String) as string,
    rewards: [{ reward_id: expect.any(String) as string, name: '10 diamonds', item: 'DIAMOND', quantity: 10 }],
  });
  expect((await read('/api/v1/quests/by-name/sign-in-three-times')).body).toEqual(body);
  expect(await call(`/api/v1/quests/${quest_id}`)).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
  expect(await read(`/api/v1/quests/${randomUUID()}`)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
});

test('all pages of a list are reached by their links', async () => {
  const user = await bearerOf('user');
  const names: string[] = [];
  let address: string | undefined = '/api/v1/quests?first=1';
  while (address) {
    const page = await call(address, 'GET', undefined, user);
    names.push(...page.body.map((one: { name: string }) => one.name));
    address = /<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1];
  }
  const { body } = await call('/api/v1/quests?first=100', 'GET', undefined, user);
  expect(names).toEqual(body.map((one: { name: string }) => one.name));
  expect(names.length).toBeGreaterThan(1);
});

test('a password form opens a session, as OAuth 2 has it', async () => {
  const form = (password: string) =>
    fetch(new URL('/login/access-token', graph.url()), {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'password', username: 'user', password }),
    });
  const session = (await (await form('password')).json()) as Data;
  expect(session).toEqual({
    access_token: expect.any(String) as string,
    refresh_token: expect.any(String) as string,
    token_type: 'bearer',
  });
  expect(await call('/api/v1/me', 'GET', undefined, `Bearer ${session.access_token}`)).toMatchObject({
    status: 200,
    body: { name: 'user' },
  });
  const wrong = await form('wrong password');
  expect([wrong.status, await wrong.json()]).toEqual([
    401,
    expect.objectContaining({ error: 'invalid_grant', code: 'INVALID_CREDENTIALS' }),
  ]);
});

test('a name and a password with each request do where a route allows it', async () => {
  expect(await call('/api/v1/me', 'GET', undefined, basic('user', 'password'))).toMatchObject({
    status: 200,
    body: { name: 'user' },
  });
  const wrong = await call('/api/v1/me', 'GET', undefined, basic('user', 'wrong password'));
  expect(wrong).toMatchObject({ status: 401, body: { code: 'INVALID_CREDENTIALS' } });
  expect(wrong.headers.get('www-authenticate')).toMatch(/Bearer.*Basic/);
  const elsewhere = await call('/api/v1/me/completions/claim', 'POST', undefined, basic('user', 'password'));
  expect(elsewhere).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
});

test('a player plays, is told, and claims', async () => {
  const name = `p${randomUUID().slice(0, 12)}`;
  const password = 'correct horse battery';
  const session = await call('/api/v1/users', 'POST', { name, password });
  expect(session.status).toBe(201);
  const me = `Bearer ${session.body.accessToken}`;
  const userId = session.body.user.id as string;
  const isCounted = async () => {
    const { body } = await call('/api/v1/me/events', 'GET', undefined, me);
    return body?.some(({ type }: Data) => type === 'NewUserSignIn');
  };
  await until(isCounted, 'the sign-up is counted');

  const stop = new AbortController();
  const stream = await fetch(new URL('/api/v1/popups', graph.url()), {
    headers: { authorization: me },
    signal: stop.signal,
  });
  let heard = '';
  const hearing = (async () => {
    for await (const text of stream.body!.pipeThrough(new TextDecoderStream())) heard += text;
  })().catch(() => undefined);
  for (let n = 0; n < 2; n++) expect((await call('/api/v1/sessions', 'POST', { name, password })).status).toBe(201);
  await until(() => heard.includes('"name":"sign-in-three-times"'), 'the popup is heard');
  expect(heard).toMatch(/id: \S+\nevent: streamPopups\ndata: \{/);
  stop.abort();
  await hearing;

  const { body: unseen } = await call('/api/v1/me/completions/unseen', 'GET', undefined, me);
  const id = unseen.find((one: Data) => one.quest.name === 'sign-in-three-times').id as string;
  const claim = () => call(`/api/v1/me/completions/${id}/claim`, 'POST', undefined, me);
  expect(await claim()).toMatchObject({ status: 200, body: { id, status: 'CLAIMED' } });
  expect(await claim()).toMatchObject({ status: 200, body: { id, status: 'CLAIMED' } });
  expect((await call('/api/v1/me', 'GET', undefined, me)).body).toMatchObject({ id: userId, wallet: { diamonds: 10 } });
  expect((await call('/api/v1/me/ledger', 'GET', undefined, me)).body).toMatchObject([
    { item: 'DIAMOND', amount: 10, balance: 10 },
  ]);
});

test('services record, operators grant once per key, and nobody else does', async () => {
  const [user, service, operator] = await Promise.all(['user', 'service', 'operator'].map(bearerOf));
  const { body: me } = await call('/api/v1/me', 'GET', undefined, user);
  const event = { id: randomUUID(), userId: me.id, type: 'MatchWon', occurredAt: new Date().toISOString() };
  expect(await call('/api/v1/events', 'POST', [event], service)).toMatchObject({
    status: 202,
    body: [{ id: event.id }],
  });
  expect(await call('/api/v1/events', 'POST', [event], user)).toMatchObject({
    status: 403,
    body: { code: 'FORBIDDEN' },
  });
  expect(await call('/api/v1/events', 'POST', [event])).toMatchObject({
    status: 401,
    body: { code: 'UNAUTHENTICATED' },
  });
  expect(await call('/api/v1/events', 'POST', [{ ...event, userId: 7 }], service)).toMatchObject({ status: 400 });

  const grant = async (key: string) => {
    const response = await fetch(new URL('/api/v1/grants', graph.url()), {
      method: 'POST',
      headers: { authorization: operator!, 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ userId: me.id, rewards: [{ item: 'GOLD', quantity: 5 }], reason: 'sorry' }),
    });
    return { status: response.status, body: (await response.json()) as Data };
  };
  const key = randomUUID();
  const first = await grant(key);
  expect(first).toMatchObject({ status: 201, body: { rewards: [{ item: 'GOLD', quantity: 5 }] } });
  expect((await grant(key)).body.id).toBe(first.body.id);
  expect((await call('/api/v1/quest-stats?top=2', 'GET', undefined, operator)).status).toBe(200);
  expect((await call('/api/v1/quest-stats?top=2', 'GET', undefined, user)).status).toBe(403);
});
