import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { EventEnvelope } from '../../../shared/events.ts';
import { until } from '../../../shared/testing/harness.ts';
import { tokenFor } from '../../../shared/testing/tokens.ts';
import { wallClock } from '../../../shared/clock.ts';
import { eventApplier } from '../apply.ts';
import { definitionReader } from '../definitions/definitionStore.ts';
import { invariants } from '../operations/invariants.ts';
import { defined, signIn, stageForTests } from './stage.ts';
import { questTerms } from './terms.ts';

const stage = stageForTests();

/** As a process of the room would. */
const applier = () => {
  const apply = eventApplier({ readDefinitions: definitionReader(), notify: () => {}, clock: wallClock });
  return (...events: EventEnvelope[]) => stage.database.transaction((transaction) => apply(transaction, events));
};
const start = Date.parse('2026-11-20T00:00:00.000Z');
const questOf = (type: string) =>
  questTerms({ trigger: type, streak: 2, duplication: 100, startsAt: new Date(start).toISOString() });
/** So many minutes from the start of the quest. */
const at = (minutes: number, userId: string, type: string) => ({
  ...signIn(userId, new Date(start + minutes * 60_000)),
  type,
});
const contradicted = async () => {
  const found: string[] = [];
  for (const { name, statement } of invariants.filter(({ name }) => /^I[126] /.test(name)))
    if ((await stage.query(statement)).length > 0) found.push(name);
  return found;
};
const operator = tokenFor({ id: randomUUID(), roles: ['OPERATOR'] });
const countedOf = async (userId: string, questId: string) => {
  const query = 'query ($userId: ID!, $questId: ID!) { explain(userId: $userId, questId: $questId) { counted } }';
  return ((await stage.ask(query, { userId, questId }, operator)).data as { explain: { counted: number } }).explain
    .counted;
};

test('a quest that begins writes nothing about players who were there before, and counts nothing of before', async () => {
  const apply = applier();
  const type = 'Lazy';
  await apply(defined({ ...questOf(type), startsAt: '2026-01-01T00:00:00.000Z' }));
  const userIds = Array.from({ length: 20 }, () => randomUUID());
  await apply(...userIds.flatMap((userId) => [at(-3, userId, type), at(-2, userId, type), at(-1, userId, type)]));
  const quest = questOf(type);
  await apply(defined(quest));
  const known = () => stage.count('quest_progress where quest_id = $1', [quest.questId]);
  expect(await known()).toBe(0);
  const [one] = userIds as [string];
  expect(await countedOf(one, quest.questId)).toBe(0);
  await apply(at(1, one, type));
  expect(await known()).toBe(1);
  expect(await countedOf(one, quest.questId)).toBe(1);
  await apply(at(2, one, type));
  expect(await stage.query('select user_id, number from completion where quest_id = $1', [quest.questId])).toEqual([
    { user_id: one, number: 1 },
  ]);
  expect(await contradicted()).toEqual([]);
});

test('whatever the order of events and definition, the same is counted in the end', async () => {
  let round = 0;
  const orders = fc.shuffledSubarray([...Array(9).keys()], { minLength: 9 });
  await fc.assert(
    fc.asyncProperty(
      orders,
      fc.integer({ min: 0, max: 9 }),
      fc.integer({ min: 1, max: 4 }),
      async (order, place, size) => {
        const [type, userId] = [`Any${round++}`, randomUUID()];
        const quest = questOf(type);
        // Four before the start, five after it; and a quest that counts them all has kept the tally before.
        const events: EventEnvelope[] = order.map((n) => at(n - 4, userId, type));
        events.splice(place, 0, defined(quest));
        if (place % 2 === 0) events.unshift(defined({ ...questOf(type), startsAt: '2026-01-01T00:00:00.000Z' }));
        const apply = applier();
        for (let n = 0; n < events.length; n += size) await apply(...events.slice(n, n + size));
        expect(await stage.count('completion where quest_id = $1', [quest.questId])).toBe(2);
        expect(await countedOf(userId, quest.questId)).toBe(5);
      },
    ),
    { numRuns: 25 },
  );
  expect(await contradicted()).toEqual([]);
});

test('processes that work on one player at the same time agree on what a quest does not count', async () => {
  const [one, other] = [applier(), applier()];
  for (let round = 0; round < 15; round++) {
    const [type, userId] = [`Both${round}`, randomUUID()];
    const quest = questOf(type);
    await one(defined({ ...questOf(type), startsAt: '2026-01-01T00:00:00.000Z' }), at(-9, userId, type));
    await one(defined(quest));
    await Promise.all([
      one(at(1, userId, type), at(-2, userId, type)),
      other(at(-1, userId, type), at(2, userId, type)),
      one(at(-3, userId, type)),
      other(at(3, userId, type), at(4, userId, type)),
    ]);
    expect(await stage.count('completion where quest_id = $1', [quest.questId])).toBe(2);
  }
  expect(await contradicted()).toEqual([]);
});

test('an event that is being stored while its quest is defined counts, and completes it without another event', async () => {
  const [apply, userId] = [
    eventApplier({ readDefinitions: definitionReader(), notify: () => {}, clock: wallClock }),
    randomUUID(),
  ];
  const quest = questOf('Racing');
  const go = Promise.withResolvers<void>();
  const stored = Promise.withResolvers<void>();
  const storing = stage.database.transaction(async (transaction) => {
    await apply(transaction, [at(1, userId, 'Racing'), at(2, userId, 'Racing')]);
    stored.resolve();
    await go.promise;
  });
  await stored.promise;
  const defining = applier()(defined(quest));
  const waiting = `pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  await until(async () => (await stage.count(waiting)) > 0, 'the definition waits for the event');
  go.resolve();
  await Promise.all([storing, defining]);
  expect(await stage.count('completion where quest_id = $1 and user_id = $2', [quest.questId, userId])).toBe(1);
  expect(await contradicted()).toEqual([]);
});
