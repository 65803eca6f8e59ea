import { randomUUID } from 'node:crypto';
import { dayMs } from '../../../shared/calendar.rules.ts';
import { wallClock } from '../../../shared/clock.ts';
import { tokenFor } from '../../../shared/testing/tokens.ts';
import { eventApplier } from '../apply.ts';
import { readDefinitions } from '../definitions/definitionStore.ts';
import { defined, stageForTests } from './stage.ts';
import { questTerms } from './terms.ts';

const mutation =
  'mutation ($events: [EventInput!]!) { recordEvents(events: $events) { id type source occurredAt data } }';

describe('events of a trusted service', () => {
  const stage = stageForTests();

  const service = tokenFor({ id: randomUUID(), roles: ['SERVICE'] });
  const now = () => new Date().toISOString();
  const players = Array.from({ length: 5 }, () => randomUUID());
  const isPlayer = (...userIds: string[]) =>
    stage.query('insert into player (user_id) select unnest($1::uuid[])', [userIds]);
  beforeAll(() => isPlayer(...players));
  let made = 0;
  const good = (more: object = {}) => ({
    id: randomUUID(),
    userId: players[made++ % players.length]!,
    type: 'MatchWon',
    occurredAt: now(),
    data: { score: 7 },
    ...more,
  });
  const record = (events: object[], token = service) => stage.ask(mutation, { events }, token);
  const stored = (id: string) => stage.count('event where id = $1', [id]);

  test('are stored and answered in their order', async () => {
    const events = [good(), good({ type: 'LevelFinished' }), good()];
    const { data } = await record(events);
    expect(data.recordEvents.map((one: { id: string; type: string }) => [one.id, one.type])).toEqual(
      events.map(({ id, type }) => [id, type]),
    );
  });

  test('with the same id have one effect, in one batch, one after another and at once', async () => {
    const one = good();
    await record([one, one]);
    await record([one]);
    const answers = await Promise.all(Array.from({ length: 8 }, () => record([one])));
    for (const { code, data } of answers) expect([code, data.recordEvents[0].id]).toEqual([undefined, one.id]);
    expect(await stored(one.id)).toBe(1);
    expect(await stage.query('select value from measure_value where user_id = $1', [one.userId])).toEqual([]);
  });

  test.each([
    ['another payload', { data: { score: 8 } }],
    ['another type', { type: 'MatchLost' }],
    ['another instant', { occurredAt: new Date(Date.now() - 1000).toISOString() }],
    ['no payload', { data: null }],
  ])('with an id that was used with %s are a CONFLICT, and their neighbours are not stored', async (_, change) => {
    const [one, neighbour] = [good(), good()];
    await record([one]);
    const { code, message } = await record([neighbour, { ...one, ...change }]);
    expect([code, message]).toEqual(['CONFLICT', expect.stringContaining(one.id)]);
    expect(await stored(neighbour.id)).toBe(0);
  });

  test('two of one batch with the same id and other content are a CONFLICT', async () => {
    const one = good();
    expect((await record([one, { ...one, data: { score: 8 } }])).code).toBe('CONFLICT');
    expect(await stored(one.id)).toBe(0);
  });

  test('the same id of two players is two events, one of each, and each has one effect', async () => {
    const one = good();
    const other = { ...good(), id: one.id, data: { score: 8 } };
    expect((await record([one, other])).data.recordEvents.map(({ data }: { data: unknown }) => data)).toEqual([
      { score: 7 },
      { score: 8 },
    ]);
    expect((await record([other, one])).code).toBeUndefined();
    expect(await stored(one.id)).toBe(2);
  });

  test('the same id of two services are two events', async () => {
    const [one, other] = [good(), tokenFor({ id: randomUUID(), roles: ['SERVICE'] })];
    expect((await record([one])).code).toBeUndefined();
    expect((await record([{ ...one, data: {} }], other)).code).toBeUndefined();
    expect(await stored(one.id)).toBe(2);
  });

  test('a payload that is written in the query itself is the same payload', async () => {
    const one = good({ data: { score: 7, nested: { list: [1, { a: null }] } } });
    const inline = `mutation { recordEvents(events: [{ id: "${one.id}", userId: "${one.userId}", type: "MatchWon",
      occurredAt: "${one.occurredAt}", data: { score: 7, nested: { list: [1, { a: null }] } } }]) { id } }`;
    expect((await stage.ask(inline, {}, service)).code).toBeUndefined();
    expect((await record([one])).code).toBeUndefined();
    expect(await stored(one.id)).toBe(1);
  });

  test('a payload comes back as it was sent', async () => {
    const data = { ключ: 'ü😀\\u0000', zero: -0, big: 2 ** 53 - 1, small: 1e-7, ['__proto__']: 1, list: [] };
    const one = good({ data });
    await record([one]);
    const { data: again, code } = await record([one]);
    expect(code).toBeUndefined();
    expect(again.recordEvents[0].data).toEqual(JSON.parse(JSON.stringify(data)));
  });

  const nested = (levels: number): object => {
    let data: object = {};
    for (let level = 1; level < levels; level++) data = { a: data };
    return data;
  };
  test('a payload may be nested 64 levels deep', async () =>
    expect((await record([good({ data: nested(64) })])).code).toBeUndefined());

  test.each<[string, object, RegExp]>([
    ['an empty id', { id: '' }, /^events\[1\]: id takes/],
    ['an id of 101 characters', { id: 'x'.repeat(101) }, /id takes/],
    ['an id with a NUL character', { id: 'a\0b' }, /id takes/],
    ['a user id that is none', { userId: "' or 1=1--" }, /userId/],
    ['an empty user id', { userId: '' }, /userId/],
    ['a type in lower case', { type: 'matchWon' }, /type takes/],
    ['an empty type', { type: '' }, /type takes/],
    ['a sign-in', { type: 'UserSignIn' }, /reserved/],
    ['a first sign-in', { type: 'NewUserSignIn' }, /reserved/],
    ['a completion', { type: 'QuestCompleted' }, /reserved/],
    ['a quest', { type: 'QuestDefined' }, /reserved/],
    ['an instant six minutes ahead', { occurredAt: new Date(Date.now() + 6 * 60_000).toISOString() }, /ahead/],
    ['an instant of the year 9999', { occurredAt: '9999-12-31T23:59:59.999Z' }, /ahead/],
    ['an instant 31 days ago', { occurredAt: new Date(Date.now() - 31 * 24 * 3_600_000).toISOString() }, /30 days/],
    ['an instant of the year 1', { occurredAt: '0001-01-01T00:00:00Z' }, /30 days/],
    ['a payload of 1 MB', { data: { text: 'x'.repeat(1_000_000) } }, /8 KiB/],
    ['a payload of 9 KiB in 3,100 characters', { data: { text: '€'.repeat(3100) } }, /8 KiB/],
    ['a payload with a NUL character', { data: { text: 'a\0' } }, /NUL/],
    ['a key with a NUL character', { data: { 'a\0': 1 } }, /NUL/],
    ['a payload with half a character', { data: { text: '\ud83d' } }, /half a character/],
    ['a number beyond 2^53 - 1', { data: { match: 2 ** 53 } }, /send it as text/],
    ['one inside of a list', { data: { matches: [1, { id: -1e300 }] } }, /send it as text/],
    ['a payload of 1,300 objects in one another', { data: nested(1300) }, /nested/],
    ['a list for a payload', { data: [1] }, /object/],
    ['a text for a payload', { data: 'text' }, /object/],
  ])('%s is BAD_USER_INPUT that says so, and nothing of the batch is stored', async (_, change, sentence) => {
    const neighbour = good();
    const { code, message } = await record([neighbour, good(change)]);
    expect([code, message]).toEqual(['BAD_USER_INPUT', expect.stringMatching(sentence)]);
    expect(await stored(neighbour.id)).toBe(0);
  });

  test('bosses 10, 9 and 8 days ago and a logout now in one request complete 8 days ago', async () => {
    const quest = questTerms({
      trigger: 'BossKilled',
      startsAt: new Date(Date.now() - 20 * dayMs).toISOString(),
      autoClaim: true,
    });
    const userId = players[0]!;
    const apply = eventApplier({ readDefinitions, notify: () => {}, clock: wallClock });
    await stage.database.transaction((transaction) => apply(transaction, [defined(quest)]));
    const ago = (days: number) => new Date(Date.now() - days * dayMs).toISOString();
    const boss = (days: number) => good({ userId, type: 'BossKilled', occurredAt: ago(days) });
    const last = boss(8);
    expect((await record([good({ userId, type: 'LoggedOut' }), boss(10), last, boss(9)])).code).toBeUndefined();
    const { data } = await stage.ask(
      `query ($of: [_Any!]!) { _entities(representations: $of) { ... on User {
         completions { nodes { completedAt claimedAt } } events { nodes { type occurredAt } } } } }`,
      { of: [{ __typename: 'User', id: userId }] },
      tokenFor({ id: userId, roles: ['PLAYER'] }),
    );
    const [{ completions, events }] = data._entities;
    expect(completions.nodes).toEqual([{ completedAt: last.occurredAt, claimedAt: expect.any(String) }]);
    expect(events.nodes).toContainEqual({ type: 'QuestCompleted', occurredAt: last.occurredAt });
  });

  test('of somebody who has never signed in are NOT_FOUND by their places, and nothing of the batch is stored', async () => {
    const [stranger, another] = [good({ userId: randomUUID() }), good({ userId: randomUUID() })];
    const neighbour = good();
    const { code, message } = await record([neighbour, stranger, neighbour, another]);
    expect([code, message]).toEqual(['NOT_FOUND', expect.stringMatching(/^events\[1\], events\[3\]: no user/)]);
    for (const { id } of [neighbour, stranger, another]) expect(await stored(id)).toBe(0);
    expect(await stage.count('player where user_id = $1', [stranger.userId])).toBe(0);
  });

  test('of somebody whose first sign-in is still on its way wait for it', async () => {
    const [one, userId] = [good(), randomUUID()];
    const recorded = record([one, { ...good(), userId }]);
    await isPlayer(userId);
    expect((await recorded).code).toBeUndefined();
    expect(await stage.count('event where user_id = $1', [userId])).toBe(1);
  });

  test.each([
    ['no event', 0],
    ['501 events', 501],
  ])('%s is BAD_USER_INPUT', async (_, length) =>
    expect(await record(Array.from({ length }, () => good()))).toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining('1 to 500'),
    }),
  );
  test('500 events of 8 KiB are taken, and one byte more of one of them is not', async () => {
    // Eight bytes are around the text, and each of its letters has three.
    const data = { t: '€'.repeat((8192 - 8) / 3) };
    expect(Buffer.byteLength(JSON.stringify(data))).toBe(8192);
    const events = Array.from({ length: 500 }, (_, n) => good({ id: `${n}`.padEnd(100, '!'), data }));
    const { data: answer, code } = await record(events);
    expect([code, answer.recordEvents.length]).toEqual([undefined, 500]);
    expect((await record([...events.slice(1), good({ data: { t: `${data.t}x` } })])).message).toMatch(
      /events\[499\].*8 KiB/,
    );
  });

  test.each(['PLAYER', 'OPERATOR'] as const)('a %s is FORBIDDEN to record', async (role) =>
    expect((await record([good()], tokenFor({ id: randomUUID(), roles: [role] }))).code).toBe('FORBIDDEN'),
  );
});
