import { randomUUID } from 'node:crypto';
import { cursorOf } from '../../../shared/subgraph/paging.ts';
import { until } from '../../../shared/testing/harness.ts';
import { type AuthDoor, openAuth } from './door.ts';

const list = `query ($first: Int = 20, $after: String) { authDeadLetters(first: $first, after: $after) {
  nodes { id source eventId error attempts nextTryAt preview } pageInfo { hasNextPage endCursor } } }`;
const count = '{ authDeadLetterCount }';
const replay = 'mutation ($id: ID!) { replayAuthDeadLetter(id: $id) }';
const discard = 'mutation ($id: ID!, $reason: String!) { discardAuthDeadLetter(id: $id, reason: $reason) }';

interface Letter {
  id: string;
  source: string;
  eventId: string;
  error: string;
  attempts: number;
  nextTryAt: string | null;
  preview: string;
}
interface Listed {
  authDeadLetters: { nodes: Letter[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
}

let auth: AuthDoor;
let operator: { accessToken: string; user: { id: string } };
beforeAll(async () => {
  auth = await openAuth();
  operator = await auth.operator();
});
afterAll(() => auth.stop());

const ask = <Data>(query: string, variables: object = {}, token = operator.accessToken) =>
  auth.ask<Data>(query, variables, token);
const letters = async () => (await ask<Listed>(list, { first: 100 })).data!.authDeadLetters.nodes;
const letterOf = (eventId: string) =>
  until(async () => (await letters()).find((letter) => letter.eventId === eventId), 'the audit entry to be set aside');

/** An audit entry of another subgraph, as its relay brings it. */
const entry = (data: object = {}) => ({
  id: randomUUID(),
  source: 'catalog',
  type: 'OperatorActed',
  version: 1,
  userId: null,
  occurredAt: new Date().toISOString(),
  data: {
    actorId: randomUUID(),
    action: 'CREATE_QUEST',
    targetId: randomUUID(),
    targetName: 'win-twice',
    reason: null,
    changes: [],
    outcome: 'DONE',
    requestId: randomUUID(),
    ...data,
  },
});
const bring = async (one: ReturnType<typeof entry>) => {
  const sealed = auth.settings.seal.close('catalog', JSON.stringify(one));
  await auth.carrier.publish('catalog:all', [{ id: '1', sealed }]);
  return letterOf(one.id);
};
/** No table can hold it. */
const poison = () => entry({ actorId: 'nobody' });
const kept = (targetId: string) =>
  auth.sql<{ actor_id: string; action: string; target_name: string; reason: string | null; outcome: string }>(
    'select * from audit where target_id = $1 order by number',
    [targetId],
  );
const became = (after: string) => [{ field: 'event', before: 'set aside', after }];

test('an audit entry that cannot be stored is listed and counted, with what is wrong with it', async () => {
  const one = poison();
  expect(await bring(one)).toMatchObject({ source: 'catalog', error: expect.stringContaining('uuid') });
  expect((await letterOf(one.id)).preview).toContain('CREATE_QUEST');
  const [stored] = await auth.sql<{ n: number }>('select count(*)::int as n from dead_letter');
  expect((await ask(count)).data).toEqual({ authDeadLetterCount: stored!.n });
});

test('what an operator replays is on record once, when its cause is gone, and so are the replays', async () => {
  const one = entry({ targetName: 'a name too many' });
  await auth.sql(`alter table audit add constraint cause check (target_name not like '%too many')`);
  const { id } = await bring(one);
  // Until nothing but an operator tries it again.
  await until(async () => {
    expect((await ask(replay, { id })).data).toEqual({ replayAuthDeadLetter: false });
    return (await letterOf(one.id)).nextTryAt === null;
  }, 'the last try');
  expect(await kept(one.data.targetId)).toEqual([]);
  await auth.sql('alter table audit drop constraint cause');

  const both = await Promise.all([ask(replay, { id }), ask(replay, { id })]);
  expect(both.map(({ data }) => data)).toContainEqual({ replayAuthDeadLetter: true });
  expect((await letters()).map((letter) => letter.id)).not.toContain(id);
  expect((await ask(replay, { id })).code).toBe('NOT_FOUND');
  expect(await kept(one.data.targetId)).toMatchObject([
    { actor_id: one.data.actorId, action: 'CREATE_QUEST', target_name: 'a name too many' },
  ]);
  const replays = await kept(id);
  const by = { actor_id: operator.user.id, action: 'REPLAY_AUTH_DEAD_LETTER', outcome: 'DONE' };
  const target = { target_name: `catalog ${one.id}`, reason: null };
  expect(replays[0]).toMatchObject({ ...by, ...target, changes: became('failed again') });
  expect(replays.filter((entry) => JSON.stringify(entry).includes('applied'))).toMatchObject([
    { ...by, ...target, changes: became('applied') },
  ]);
});

test('what an operator gives up is gone, and who decided, and why, is on record', async () => {
  const one = poison();
  const { id } = await bring(one);
  for (const reason of ['', 'two\nlines', 'x'.repeat(201)])
    expect((await ask(discard, { id, reason })).code).toBe('BAD_USER_INPUT');
  expect((await ask(discard, { id, reason: ' of no use ' })).data).toEqual({ discardAuthDeadLetter: true });
  expect((await letters()).map((letter) => letter.id)).not.toContain(id);
  expect((await ask(discard, { id, reason: 'again' })).code).toBe('NOT_FOUND');
  expect(await kept(id)).toMatchObject([
    {
      actor_id: operator.user.id,
      action: 'DISCARD_AUTH_DEAD_LETTER',
      target_name: `catalog ${one.id}`,
      reason: 'of no use',
      changes: became('given up'),
      outcome: 'DONE',
    },
  ]);
});

test('pages follow one another, the last letter first, and a cursor of another list is refused', async () => {
  for (let n = 0; n < 3; n++) await bring(poison());
  const seen: string[] = [];
  for (let after: string | null = null, more = true; more;) {
    const { authDeadLetters: page }: Listed = (await ask<Listed>(list, { first: 2, after })).data!;
    seen.push(...page.nodes.map(({ id }) => id));
    ({ hasNextPage: more, endCursor: after } = page.pageInfo);
  }
  const all = await auth.sql<{ id: string }>('select id from dead_letter order by id desc');
  expect(seen).toEqual(all.map(({ id }) => id));
  expect(seen.length).toBeGreaterThan(2);
  for (const after of ['x', cursorOf('audit', '9'), cursorOf('dead-letters', '9')])
    expect((await ask(list, { after })).code).toBe('BAD_USER_INPUT');
  for (const first of [0, 101, null]) expect((await ask(list, { first })).code).toBe('BAD_USER_INPUT');
});

test.each(['', 'x', '-1', '1e3', '999999999999999999', '99999999999999999999'])(
  'the id %j is NOT_FOUND',
  async (id) => {
    expect((await ask(replay, { id })).code).toBe('NOT_FOUND');
    expect((await ask(discard, { id, reason: 'because' })).code).toBe('NOT_FOUND');
  },
);

test('nobody else sees a letter or does anything to it, and a player who tries is on record', async () => {
  const { id } = await bring(poison());
  const { user, accessToken } = await auth.signUp({ name: `n${randomUUID().slice(0, 12)}` });
  const calls = [[list], [count], [replay, { id }], [discard, { id, reason: 'mine' }]] as const;
  for (const [query, variables = {}] of calls) {
    expect((await ask(query, variables, accessToken)).code).toBe('FORBIDDEN');
    expect((await ask(query, variables, '')).code).toBe('UNAUTHENTICATED');
  }
  expect((await letters()).map((letter) => letter.id)).toContain(id);
  const refused = { actor_id: user.id, outcome: 'REFUSED' };
  expect(await kept(id)).toMatchObject([
    { ...refused, action: 'REPLAY_AUTH_DEAD_LETTER' },
    { ...refused, action: 'DISCARD_AUTH_DEAD_LETTER' },
  ]);
});

test('an operator whose role was taken may do nothing more, whatever the token says', async () => {
  const { id } = await bring(poison());
  const roles = (given: string) => auth.sql('update users set roles = $2 where id = $1', [operator.user.id, given]);
  await roles('{PLAYER}');
  expect((await ask(replay, { id })).code).toBe('FORBIDDEN');
  expect((await ask(discard, { id, reason: 'mine' })).code).toBe('FORBIDDEN');
  await roles('{OPERATOR}');
  expect((await letters()).map((letter) => letter.id)).toContain(id);
});
