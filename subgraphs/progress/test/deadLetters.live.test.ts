import { randomUUID } from 'node:crypto';
import { localCarrier } from '../../../shared/delivery/carrierLocal.ts';
import type { EventEnvelope } from '../../../shared/events.ts';
import { until } from '../../../shared/testing/harness.ts';
import { tokenFor } from '../../../shared/testing/tokens.ts';
import { seal, signIn, stageForTests } from './stage.ts';

const operator = tokenFor({ id: randomUUID(), roles: ['OPERATOR'] });
const list = `query ($first: Int = 20, $after: String) { deadLetters(first: $first, after: $after) {
  nodes { id source eventId error attempts firstFailedAt lastFailedAt nextTryAt preview } pageInfo { hasNextPage endCursor } } }`;
const replay = 'mutation ($id: ID!) { replayDeadLetter(id: $id) }';
const discard = 'mutation ($id: ID!, $reason: String!) { discardDeadLetter(id: $id, reason: $reason) }';

describe('events that cannot be applied', () => {
  const carrier = localCarrier();
  const stage = stageForTests(carrier);

  const put = (sealed: string) => carrier.publish('auth:all', [{ id: '1', sealed }]);
  const closed = (envelope: object) => seal.close('auth', JSON.stringify(envelope));
  /** With another signature than it should have. */
  const forged = (envelope: object) => {
    const sealed = closed(envelope);
    return `${sealed.startsWith('A') ? 'B' : 'A'}${sealed.slice(1)}`;
  };
  interface Letter {
    id: string;
    eventId: string;
    error: string;
    attempts: number;
    nextTryAt: string | null;
    preview: string;
  }
  const letters = async (): Promise<Letter[]> => (await stage.ask(list, {}, operator)).data.deadLetters.nodes;
  const letterWith = (text: string) =>
    until(async () => (await letters()).find(({ preview }) => preview.includes(text)), `${text} to be set aside`);
  const applied = (userId: string) => stage.count('event where user_id = $1', [userId]);
  const poison = (more: Partial<EventEnvelope> = {}) => ({
    ...signIn(randomUUID()),
    data: { timeZone: 'a \0 byte' },
    ...more,
  });

  test.each<[string, (marked: string) => string, RegExp]>([
    ['bad JSON', (marked) => seal.close('auth', `{"id": "${marked}", `), /JSON/],
    ['JSON that is no object', (marked) => seal.close('auth', `"${marked}"`), /not whole/],
    ['null', () => seal.close('auth', 'null'), /not whole/],
    ['no id', (marked) => closed({ ...signIn(randomUUID()), id: undefined, type: marked }), /not whole/],
    ['a number for an id', (marked) => closed({ ...signIn(randomUUID()), id: 7, type: marked }), /not whole/],
    ['no user', (marked) => closed({ ...signIn(randomUUID(), new Date(), marked), userId: undefined }), /not whole/],
    [
      'no instant',
      (marked) => closed({ ...signIn(randomUUID(), new Date(), marked), occurredAt: 'yesterday' }),
      /not whole/,
    ],
    ['no type', (marked) => closed({ ...signIn(randomUUID(), new Date(), marked), type: undefined }), /not whole/],
    [
      'an unknown version',
      (marked) => closed({ ...signIn(randomUUID(), new Date(), marked), version: 2 }),
      /version 2/,
    ],
    ['another source', (marked) => closed({ ...signIn(randomUUID(), new Date(), marked), source: 'catalog' }), /owner/],
    ['a forged signature', (marked) => forged(signIn(randomUUID(), new Date(), marked)), /verify/],
    ['1 MB', (marked) => closed(signIn(randomUUID(), new Date(), marked + 'x'.repeat(1_000_000))), /larger/],
    ['nothing at all', () => '', /verify/],
  ])('%s waits for an operator at once, and the neighbours are applied', async (_, make, error) => {
    const [before, after, marked] = [randomUUID(), randomUUID(), randomUUID()];
    await put(closed(signIn(before)));
    const position = (await put(make(marked)))[0]!;
    await put(closed(signIn(after)));
    await until(async () => (await applied(after)) === 1, 'the neighbours');
    expect(await applied(before)).toBe(1);
    const letter = (await letters()).find(({ eventId }) => eventId === `auth:all ${position}`);
    expect(letter).toMatchObject({ error: expect.stringMatching(error), nextTryAt: null });
  });

  test('what the database refuses is tried five times, and the neighbours are applied', async () => {
    const [before, after] = [randomUUID(), randomUUID()];
    const refused: EventEnvelope[] = [
      signIn('nobody'),
      { ...signIn(randomUUID()), userId: null },
      { ...signIn(randomUUID()), occurredAt: '2026-13-41T25:00:00.000Z' },
      poison(),
      poison({ id: `${randomUUID()}\0` }),
      { ...signIn(randomUUID()), data: { timeZone: 'UTC', half: '\ud83d' } },
    ];
    await put(closed(signIn(before)));
    for (const one of refused) await put(closed(one));
    await put(closed(signIn(after)));
    await until(async () => (await applied(after)) === 1 && (await applied(before)) === 1, 'the neighbours');
    await until(async () => {
      const kept = await letters();
      return refused.every(({ id }) =>
        kept.some(
          (letter) =>
            letter.eventId === id.replace('\0', '\uFFFD') && letter.attempts === 5 && letter.nextTryAt === null,
        ),
      );
    }, 'five attempts at each');
  });

  test('what an operator replays is applied once it can be, and leaves the list', async () => {
    const one = signIn(randomUUID());
    await stage.query(`alter table event add constraint none check (user_id <> '${one.userId}')`);
    await put(closed(one));
    const letter = await letterWith(one.id);
    expect((await stage.ask(replay, { id: letter.id }, operator)).data).toEqual({ replayDeadLetter: false });
    expect((await letterWith(one.id)).attempts).toBeGreaterThan(letter.attempts);
    await stage.query('alter table event drop constraint none');
    expect((await stage.ask(replay, { id: letter.id }, operator)).code).toBeUndefined();
    await until(async () => (await applied(one.userId!)) === 1, 'the event to be applied');
    expect((await letters()).map(({ id }) => id)).not.toContain(letter.id);
    expect((await stage.ask(replay, { id: letter.id }, operator)).code).toBe('NOT_FOUND');
    expect(await applied(one.userId!)).toBe(1);
  });

  test('a forgery is not made genuine by a replay', async () => {
    const one = signIn(randomUUID());
    await put(forged(one));
    const { id } = await letterWith(one.id);
    expect((await stage.ask(replay, { id }, operator)).data).toEqual({ replayDeadLetter: false });
    expect(await applied(one.userId!)).toBe(0);
  });

  test('what an operator gives up leaves the list', async () => {
    const one = poison();
    await put(closed(one));
    const { id } = await letterWith(one.id);
    expect((await stage.ask(discard, { id, reason: '' }, operator)).code).toBe('BAD_USER_INPUT');
    expect((await stage.ask(discard, { id, reason: 'x'.repeat(201) }, operator)).code).toBe('BAD_USER_INPUT');
    expect((await stage.ask(discard, { id, reason: 'sent by a test' }, operator)).data).toEqual({
      discardDeadLetter: true,
    });
    expect((await letters()).map((letter) => letter.id)).not.toContain(id);
    expect((await stage.ask(discard, { id, reason: 'again' }, operator)).code).toBe('NOT_FOUND');
  });

  test('what operators do with a letter is on record, with the reason, and so is what failed again', async () => {
    const one = poison();
    await put(closed(one));
    const { id } = await letterWith(one.id);
    await stage.ask(replay, { id }, operator);
    await stage.ask(discard, { id, reason: '  of no use ' }, operator);
    await stage.ask(discard, { id, reason: 'again' }, operator);
    const entries = await stage.query<{ entry: object }>(
      `select envelope::json->'data' as entry from outbox
       where envelope::json->'data'->>'targetId' = $1 and envelope::json->>'type' = 'OperatorActed' order by number`,
      [id],
    );
    const changed = (after: string) => [{ field: 'event', before: 'set aside', after }];
    const target = { targetName: `auth ${one.id}`, outcome: 'DONE' };
    expect(entries.map(({ entry }) => entry)).toMatchObject([
      { action: 'REPLAY_DEAD_LETTER', ...target, reason: null, changes: changed('failed again') },
      { action: 'DISCARD_DEAD_LETTER', ...target, reason: 'of no use', changes: changed('given up') },
    ]);
  });

  test('pages follow one another, the last letter first', async () => {
    const seen: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      const { data } = await stage.ask(list, { first: 2, after }, operator);
      seen.push(...data.deadLetters.nodes.map(({ id }: Letter) => id));
      ({ hasNextPage: more, endCursor: after } = data.deadLetters.pageInfo);
    }
    const all = await stage.query<{ id: string }>('select id from dead_letter order by id desc');
    expect(seen).toEqual(all.map(({ id }) => id));
    expect(seen.length).toBeGreaterThan(4);
  });

  test.each(['', 'x', '-1', '1e3', '99999999999999999999', "1' or '1'='1"])('the id %j is NOT_FOUND', async (id) => {
    expect((await stage.ask(replay, { id }, operator)).code).toBe('NOT_FOUND');
    expect((await stage.ask(discard, { id, reason: 'because' }, operator)).code).toBe('NOT_FOUND');
  });

  test.each(['PLAYER', 'SERVICE'] as const)('a %s is FORBIDDEN all of this', async (role) => {
    const token = tokenFor({ id: randomUUID(), roles: [role] });
    expect((await stage.ask(list, {}, token)).code).toBe('FORBIDDEN');
    expect((await stage.ask(replay, { id: '1' }, token)).code).toBe('FORBIDDEN');
    expect((await stage.ask(discard, { id: '1', reason: 'x' }, token)).code).toBe('FORBIDDEN');
  });
});
