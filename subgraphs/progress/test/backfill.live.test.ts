import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { wallClock } from '../../../shared/clock.ts';
import type { QuestTerms } from '../../../shared/questTerms.rules.ts';
import { until } from '../../../shared/testing/harness.ts';
import { tokenFor } from '../../../shared/testing/tokens.ts';
import { eventApplier } from '../apply.ts';
import { definitionReader } from '../definitions/definitionStore.ts';
import { erasePlayers } from '../players/erasureStore.ts';
import { defined } from './stage.ts';
import { objective, questOf, revised } from './terms.ts';

import { newType, operator, pastForTests, startsAt } from './past.ts';
const { stage, apply, at, quest, numbersOf, jobsOf, ended } = pastForTests();

test('what was recorded before a quest was published counts, each completion at the instant of its event', async () => {
  const [type, userId] = [newType(), randomUUID()];
  await apply(at(-1, userId, type), at(3, userId, type), at(1, userId, type), at(2, userId, type));
  const terms = quest(type);
  await apply(defined(terms));
  expect(await ended(terms)).toMatchObject({
    ...{ state: 'DONE', events: 4, completions: 1, error: null },
    payout: [{ item: 'DIAMOND', quantity: 10 }],
    firstPlayers: [{ id: userId }],
  });
  expect(await stage.query('select number, completed_at from completion where quest_id = $1', [terms.questId])).toEqual(
    [{ number: 1, completed_at: expect.stringContaining('2026-06-01 02:00:00') }],
  );
  await apply(at(4, userId, type));
  expect(await numbersOf(terms, userId)).toEqual([1, 2]);
});

test('without a backfill nothing of the past counts, and another quest’s backfill of the same events changes nothing of that', async () => {
  const [type, userId] = [newType(), randomUUID()];
  await apply(...[1, 2, 3, 4, 5].map((hour) => at(hour, userId, type)));
  const [none, past] = [quest(type, { backfill: 'NONE' }), quest(type)];
  await apply(defined(none));
  await apply(at(6, userId, type));
  await apply(defined(past));
  await ended(past);
  expect([await numbersOf(none, userId), await numbersOf(past, userId)]).toEqual([[], [1, 2, 3]]);
  await apply(at(7, userId, type));
  expect([await numbersOf(none, userId), await numbersOf(past, userId)]).toEqual([[1], [1, 2, 3]]);
});

test('a silent one pays and does not pop up', async () => {
  const [type, userId] = [newType(), randomUUID()];
  await apply(at(1, userId, type), at(2, userId, type));
  const terms = quest(type, { backfill: 'SILENT', autoClaim: true });
  await apply(defined(terms));
  await ended(terms);
  const player = tokenFor({ id: userId, roles: ['PLAYER'] });
  const query = `query ($id: ID!) { _entities(representations: [{ __typename: "User", id: $id }]) { ... on User {
    wallet { diamonds } completions { totalCount } unseen { totalCount } } } }`;
  expect((await stage.ask(query, { id: userId }, player)).data._entities[0]).toEqual({
    wallet: { diamonds: 10 },
    completions: { totalCount: 1 },
    unseen: { totalCount: 0 },
  });
  expect(await stage.count('popup where user_id = $1 and silent', [userId])).toBe(1);
});

test('an edit with a backfill pays what is due beyond what was paid, and nothing twice', async () => {
  const [type, userId, other] = [newType(), randomUUID(), randomUUID()];
  const first = quest(type, { streak: 5, backfill: 'NONE' });
  await apply(defined(first));
  await apply(...Array.from({ length: 11 }, (_, n) => at(n, userId, type)), at(1, other, type));
  expect(await numbersOf(first, userId)).toEqual([1, 2]);
  const second = revised(first, { streak: 3, backfill: 'NOTIFY' });
  await apply(defined(second));
  expect(await ended(first)).toMatchObject({ completions: 1 });
  expect(await numbersOf(first, userId)).toEqual([1, 2, 3]);
  const third = revised(second, { streak: 10, backfill: 'NOTIFY' });
  await apply(defined(third));
  expect(await ended(first)).toMatchObject({ completions: 0 });
  await apply(at(12, userId, type));
  // Of version 2 there were two of three; the attempt has begun and ends by it.
  expect(await numbersOf(first, userId)).toEqual([1, 2, 3, 4]);
});

test('every kind of objective, in periods too, comes to what live counting of the same events comes to', async () => {
  const events = fc.array(
    fc.record({ hours: fc.integer({ min: -50, max: 400 }), score: fc.integer({ min: 1, max: 9 }) }),
    { maxLength: 25 },
  );
  const kinds = (type: string) => [
    quest(type, { endsAt: '2026-06-10T00:00:00.000Z' }),
    quest(type, { period: 'DAY', graceHours: 3, freezes: 1, timeZone: 'UTC' }),
    questOf([objective('sum', type, { measure: 'SUM', of: 'n', target: 10 })], {
      duplication: 5,
      startsAt,
      every: 'WEEK',
    }),
    questOf([objective('max', type, { measure: 'MAX', of: 'n', target: 8 }), objective('count', type, { target: 3 })], {
      startsAt,
    }),
    questOf([objective('distinct', type, { measure: 'DISTINCT', of: 'n', target: 4 })], { startsAt, duplication: 2 }),
    questOf([objective('days', type, { measure: 'PERIODS', period: 'DAY', perPeriod: 2, target: 2 })], {
      startsAt,
      duplication: 3,
    }),
    questOf([objective('wins', type, { target: 2 })], { startsAt, duplication: 9, cooldownSeconds: 36_000 }),
    questOf([objective('steps', type, { target: 6 })], {
      startsAt,
      duplication: 3,
      steps: [2, 4, 6].map((target) => ({ target, rewards: [{ id: `${target}`, item: 'GOLD', quantity: target }] })),
    }),
  ];
  await fc.assert(
    fc.asyncProperty(events, fc.nat(24), async (all, cut) => {
      const [live, late, userId] = [newType(), newType(), randomUUID()];
      const happen = (type: string) => all.map(({ hours, score }) => at(hours, userId, type, { n: score }));
      const lived = kinds(live).map((terms) => ({ ...terms, backfill: 'NONE' as const }));
      const filled = kinds(late).map((terms) => ({ ...terms, backfill: 'SILENT' as const }));
      await apply(...lived.map(defined));
      const sorted = happen(live).sort((one, other) => (one.occurredAt < other.occurredAt ? -1 : 1));
      for (const event of sorted) await apply(event);
      // A part comes before the quests are published, and a part while they are counted.
      const past = happen(late);
      if (cut > 0) await apply(...past.slice(0, cut));
      await apply(...filled.map(defined));
      await Promise.all(past.slice(cut).map((event) => apply(event)));
      for (const terms of filled) expect((await ended(terms)).state).toBe('DONE');
      const counts = (list: QuestTerms[]) =>
        Promise.all(list.map(async (terms) => (await numbersOf(terms, userId)).length));
      const [a, b] = [await counts(lived), await counts(filled)];
      // What comes late in a cooldown was not there when the completion was; all else follows from the events alone.
      expect(b.toSpliced(6, 1)).toEqual(a.toSpliced(6, 1));
    }),
    { numRuns: 6 },
  );
});

test('what it completes opens quests that require that, and they count what happens from then on', async () => {
  const [type, userId] = [newType(), randomUUID()];
  const first = quest(type, { duplication: 1 });
  const requires = [first.questId];
  const once = quest(type, { backfill: 'NONE', requires });
  const weekly = questOf([objective('wins', type, { target: 4 })], {
    startsAt,
    every: 'WEEK',
    timeZone: 'UTC',
    requires,
  });
  await apply(
    defined({ ...first, backfill: 'NONE', startsAt: '2030-01-01T00:00:00.000Z' }),
    defined(once),
    defined(weekly),
  );
  await apply(...[1, 2, 3].map((hour) => at(hour, userId, type)));
  await apply(defined({ ...first, version: 2 }));
  await ended(first);
  expect([await numbersOf(first, userId), await numbersOf(once, userId)]).toEqual([[1], []]);
  await apply(at(4, userId, type));
  expect([await numbersOf(once, userId), await numbersOf(weekly, userId)]).toEqual([[], [1]]);
  await apply(at(5, userId, type));
  expect(await numbersOf(once, userId)).toEqual([1]);
});

test.each([
  ['counts what happened after it had opened, and not before', {}, [1, 2, 4], []],
  [
    'of days counts those after it had opened',
    { period: 'DAY', timeZone: 'UTC', streak: 2 } as const,
    [-60, 1, 4, 26],
    [],
  ],
  [
    'that begins anew counts all of the period in which it opened',
    { every: 'WEEK', timeZone: 'UTC' } as const,
    [1, 4],
    [1],
  ],
] as const)('one that requires another and %s', async (_, changes, hours, expected) => {
  const [type, userId] = [newType(), randomUUID()];
  const first = quest(newType(), { streak: 1, backfill: 'NONE' });
  await apply(defined(first));
  await apply(at(3, userId, first.trigger), ...hours.map((hour) => at(hour, userId, type)));
  const terms = quest(type, { requires: [first.questId], ...changes });
  await apply(defined(terms));
  await ended(terms);
  expect(await numbersOf(terms, userId)).toEqual(expected);
  if (expected.length > 0) return;
  await apply(at(50, userId, type));
  expect(await numbersOf(terms, userId)).toEqual([1]);
});

test('of a quest that counts completions its own count neither now nor when it is published anew, and none counts twice', async () => {
  const [type, userId] = [newType(), randomUUID()];
  const [first, other] = [quest(type, { streak: 1, backfill: 'NONE' }), newType()];
  await apply(defined(first));
  await apply(at(1, userId, type), at(2, userId, type));
  const counts = objective('completions', ['QuestCompleted', other], { target: 2 });
  const counter = questOf([counts], { backfill: 'NOTIFY', startsAt, duplication: 100 });
  await apply(defined(counter));
  await ended(counter);
  expect(await numbersOf(counter, userId)).toEqual([1]);
  const again = { ...counter, version: 2 };
  await apply(defined(again));
  await until(async () => (await jobsOf(again)).length === 2, 'the second backfill');
  await ended(again);
  await apply(at(3, userId, type));
  expect(await numbersOf(counter, userId)).toEqual([1]);
  await apply(at(4, userId, other));
  expect(await numbersOf(counter, userId)).toEqual([1, 2]);
});

describe('a budget', () => {
  const published = async (maxPayout: QuestTerms['maxPayout']) => {
    const [type, userId] = [newType(), randomUUID()];
    await apply(...[1, 2, 3, 4].map((hour) => at(hour, userId, type)));
    const terms = quest(type, { maxPayout, autoClaim: true });
    await apply(defined(terms));
    return { job: await ended(terms), numbers: await numbersOf(terms, userId) };
  };
  test('that would not do is said before anything is paid', async () => {
    const { job, numbers } = await published([{ item: 'DIAMOND', quantity: 19 }]);
    expect([job.state, job.error, numbers]).toEqual([
      'REFUSED',
      'It would pay 20 DIAMOND, and maxPayout allows 19.',
      [],
    ]);
  });
  test('that does is kept', async () => {
    const { job, numbers } = await published([{ item: 'DIAMOND', quantity: 20 }]);
    expect([job.state, job.payout, numbers]).toEqual(['DONE', [{ item: 'DIAMOND', quantity: 20 }], [1, 2]]);
  });
});

describe('operators', () => {
  const change = (name: string, id: string) =>
    stage.ask(`mutation ($id: ID!) { job: ${name}(id: $id) { state } }`, { id }, operator);
  /** A stage of its own, whose process does not work at it. */
  const waiting = async () => {
    const [type, userId] = [newType(), randomUUID()];
    await apply(at(1, userId, type), at(2, userId, type));
    const terms = quest(type);
    await stage.database.transaction(async (transaction) => {
      await eventApplier({ readDefinitions: definitionReader(), notify: () => {}, clock: wallClock })(transaction, [
        defined(terms),
      ]);
      await transaction.execute(`update backfill set state = 'PAUSED' where quest_id = '${terms.questId}'`);
    });
    return { terms, userId, job: (await jobsOf(terms))[0]! };
  };
  test('let one that waits go on, once', async () => {
    const { terms, userId, job } = await waiting();
    expect(job.state).toBe('PAUSED');
    expect((await change('pauseBackfill', job.id)).code).toBe('CONFLICT');
    expect((await change('resumeBackfill', job.id)).data.job.state).toBe('RUNNING');
    await ended(terms);
    expect(await numbersOf(terms, userId)).toEqual([1]);
    expect((await change('resumeBackfill', job.id)).code).toBe('CONFLICT');
    expect((await change('stopBackfill', '999999999')).code).toBe('NOT_FOUND');
  });
  test('stop one for good; it has paid nothing', async () => {
    const { terms, userId, job } = await waiting();
    expect((await change('stopBackfill', job.id)).data.job.state).toBe('STOPPED');
    expect((await change('resumeBackfill', job.id)).code).toBe('CONFLICT');
    expect(await numbersOf(terms, userId)).toEqual([]);
  });
  test('see what one would pay, which pays nothing', async () => {
    const [type, userId] = [newType(), randomUUID()];
    const terms = quest(type, { backfill: 'NONE', startsAt: '2026-06-02T00:00:00.000Z' });
    await apply(...[1, 2, 30, 31].map((hour) => at(hour, userId, type)));
    await apply(defined(terms));
    const preview = (from: string | null) =>
      stage.ask(
        'mutation ($questId: ID!, $startsAt: DateTime) { previewBackfill(questId: $questId, startsAt: $startsAt) { id } }',
        { questId: terms.questId, startsAt: from },
        operator,
      );
    await preview(null);
    expect(await ended(terms)).toMatchObject({
      state: 'DONE',
      completions: 1,
      payout: [{ item: 'DIAMOND', quantity: 10 }],
    });
    await preview(startsAt);
    expect(await ended(terms)).toMatchObject({ completions: 2, firstPlayers: [{ id: userId }] });
    expect(await numbersOf(terms, userId)).toEqual([]);
  });
  test('see nothing of a player who was deleted', async () => {
    const [type, userId, other] = [newType(), `0${randomUUID().slice(1)}`, `f${randomUUID().slice(1)}`];
    await apply(...[userId, other].flatMap((one) => [at(1, one, type), at(2, one, type)]));
    const terms = quest(type);
    await apply(defined(terms));
    const namedIn = ({ firstPlayers }: Awaited<ReturnType<typeof ended>>) => firstPlayers.map(({ id }) => id);
    expect(namedIn(await ended(terms))).toEqual([userId, other]);
    await stage.database.transaction((transaction) => erasePlayers(transaction, [userId], wallClock()));
    expect(namedIn((await jobsOf(terms))[0]!)).toEqual([other]);
  });
  test.each(['PLAYER', 'SERVICE'] as const)('alone may: a %s is FORBIDDEN', async (role) => {
    const token = tokenFor({ id: randomUUID(), roles: [role] });
    expect((await stage.ask('{ backfills { nodes { id } } }', {}, token)).code).toBe('FORBIDDEN');
    expect((await stage.ask('mutation { stopBackfill(id: "1") { id } }', {}, token)).code).toBe('FORBIDDEN');
  });
});
