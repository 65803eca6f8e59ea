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

test.each(['9007199254740993', '12345678901234567891', '1e21'])(
  'an event whose id is the number %s is refused and never rounded',
  async (id) => {
    const response = await fetch(new URL('/api/v1/events', graph.url()), {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: await bearerOf('service') },
      body: `[{"id":${id},"userId":"${randomUUID()}","type":"MatchWon","occurredAt":"${new Date().toISOString()}"}]`,
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('send it as text');
  },
);

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

test('a password does while it is the right one, whatever became of the session that stands for it', async () => {
  const name = `p${randomUUID().slice(0, 12)}`;
  const [oldPassword, newPassword] = ['correct horse battery', 'another horse battery'];
  const session = await call('/api/v1/users', 'POST', { name, password: oldPassword });
  const me = `Bearer ${session.body.accessToken}`;
  const read = async (password: string) => {
    const { status, body } = await call('/api/v1/me', 'GET', undefined, basic(name, password));
    return [status, body.code ?? body.name];
  };
  expect(await read(oldPassword)).toEqual([200, name]);
  expect((await call('/api/v1/sessions/current?everywhere=true', 'DELETE', undefined, me)).status).toBe(200);
  await until(async () => (await call('/api/v1/me', 'GET', undefined, me)).status === 401, 'the sessions have ended');
  expect(await read(oldPassword)).toEqual([200, name]);
  const again = `Bearer ${await graph.tokenOf(name, oldPassword)}`;
  expect((await call('/api/v1/me/password', 'PUT', { oldPassword, newPassword }, again)).status).toBe(200);
  await until(async () => (await read(oldPassword))[0] === 401, 'the old password does no longer');
  expect(await read(oldPassword)).toEqual([401, 'INVALID_CREDENTIALS']);
  expect(await read(newPassword)).toEqual([200, name]);
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

test('operators publish, edit, archive and restore, by JSON and by YAML', async () => {
  const [operator, user] = await Promise.all(['operator', 'user'].map(bearerOf));
  const send = async (method: string, address: string, type: string | undefined, body?: string, by = operator!) => {
    const response = await fetch(new URL(address, graph.url()), {
      method,
      headers: { authorization: by, ...(type && { 'content-type': type, accept: type }) },
      ...(body !== undefined && { body }),
    });
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
  };
  const name = `rest-${randomUUID().slice(0, 8)}`;
  const objectives = [
    { name: 'wins', events: ['MatchWon'], where: [{ path: 'mode', op: 'EQ', value: 'ranked' }], target: 2 },
    { name: 'damage', events: ['MatchWon', 'MatchLost'], measure: 'SUM', of: 'damage', target: 500 },
  ];
  const rewards = [{ item: 'GOLD', quantity: 5 }];
  const input = { name, title: 'By REST', every: 'WEEK', cooldown: 'PT1H', objectives, rewards };
  const reason = encodeURIComponent('for the season');
  const made = await call(`/api/v1/quests?reason=${reason}`, 'POST', input, operator);
  expect(made).toMatchObject({ status: 201, body: { name, version: 1 } });
  const address = `/api/v1/quests/${made.body.quest_id}`;
  const budget = encodeURIComponent(JSON.stringify([{ item: 'GOLD', quantity: 1000 }]));
  const edit = `${address}?expectedVersion=1&inFlight=MOVE&backfill=SILENT&maxPayout=${budget}`;
  expect(await call(edit, 'PATCH', { title: 'Still by REST' }, operator)).toMatchObject({
    status: 200,
    body: { version: 2 },
  });
  const late = await call(`${address}?expectedVersion=1`, 'PATCH', { title: 'Too late' }, operator);
  expect(late).toMatchObject({ status: 409, body: { code: 'CONFLICT', changes: expect.anything() as unknown } });
  expect(await call(`${address}?maxPayout=nonsense`, 'PATCH', {}, operator)).toMatchObject({
    status: 400,
    body: { code: 'BAD_USER_INPUT', detail: 'maxPayout must be JSON.' },
  });
  expect(await call(`${address}?inFlight=FINISH`, 'DELETE', undefined, operator)).toMatchObject({ status: 200 });
  expect(await call(`${address}/restore`, 'POST', {}, operator)).toMatchObject({ status: 200, body: { name } });

  const exported = await send('GET', '/api/v1/quests.yaml', 'application/yaml');
  expect([exported.status, exported.type]).toEqual([200, 'application/yaml; charset=utf-8']);
  expect(exported.text).toContain(`name: ${name}`);
  expect(JSON.parse((await send('GET', '/api/v1/quests.yaml', undefined)).text)).toBe(exported.text);
  const imported = await send('POST', '/api/v1/quests:import?dryRun=true', 'text/yaml', exported.text);
  const outcomes = JSON.parse(imported.text) as { name: string; outcome: string }[];
  expect(outcomes.find((one) => one.name === name)).toMatchObject({ outcome: 'UNCHANGED' });
  const another = `- { name: ${name}-2, title: Two, trigger: MatchWon, streak: 1, rewards: [{ item: GOLD, quantity: 1 }] }`;
  expect(JSON.parse((await send('POST', '/api/v1/quests:import', 'application/yaml', another)).text)).toMatchObject([
    { name: `${name}-2`, outcome: 'CREATED', version: 1 },
  ]);
  expect((await send('POST', '/api/v1/quests:import', 'application/yaml', another, user)).status).toBe(403);
  const faulty = await send('POST', '/api/v1/quests:import', 'application/yaml', '- { name: x }');
  expect(JSON.parse(faulty.text)).toMatchObject({
    status: 400,
    code: 'BAD_USER_INPUT',
    faults: expect.anything() as unknown,
  });
  expect((await send('POST', '/api/v1/quests:import', 'application/xml', another)).status).toBe(415);
});

test('a sign-in tells the name that others see, and what the player should know', async () => {
  const name = `d${randomUUID().slice(0, 12)}`;
  const session = await call('/api/v1/users', 'POST', {
    ...{ name, password: 'correct horse battery', displayName: 'Ada 🎯', timeZone: 'Moon/Crater' },
  });
  expect(session).toMatchObject({ status: 201, body: { user: { name, displayName: 'Ada 🎯' } } });
  expect(session.body.notices).toHaveLength(1);
  const me = `Bearer ${session.body.accessToken}`;
  const renamed = await call('/api/v1/me/display-name', 'PUT', { displayName: 'Countess' }, me);
  expect(renamed).toMatchObject({ status: 200, body: { displayName: 'Countess' } });
});
