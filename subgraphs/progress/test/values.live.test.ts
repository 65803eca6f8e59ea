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

/** As a process of the subgraph would. */
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

const counts = (type: string) => questTerms({ trigger: type, streak: 1000, startsAt: '2026-01-01T00:00:00.000Z' });

test('a quest that begins writes nothing about players who were there before, and counts nothing of before', async () => {
  const apply = applier();
  const type = 'Lazy';
  await apply(defined(counts(type)));
  const userIds = Array.from({ length: 20 }, () => randomUUID());
  await apply(...userIds.flatMap((userId) => [at(-3, userId, type), at(-2, userId, type), at(-1, userId, type)]));
  const quest = questOf(type);
  await apply(defined(quest));
  const known = () => stage.count('enrolment where quest_id = $1', [quest.questId]);
  const [one] = userIds as [string];
  expect(await countedOf(one, quest.questId)).toBe(0);
  await apply(at(1, one, type));
  expect(await known()).toBe(0);
  expect(await countedOf(one, quest.questId)).toBe(1);
  await apply(at(2, one, type));
  expect(await known()).toBe(1);
  expect(await stage.query('select user_id, number from completion where quest_id = $1', [quest.questId])).toEqual([
    { user_id: one, number: 1 },
  ]);
  expect(await contradicted()).toEqual([]);
});

test('whatever the order of the events on both sides of a start, the same is counted in the end', async () => {
  let round = 0;
  const orders = fc.shuffledSubarray([...Array(9).keys()], { minLength: 9 });
  await fc.assert(
    fc.asyncProperty(orders, fc.boolean(), fc.integer({ min: 1, max: 4 }), async (order, isShared, size) => {
      const [type, userId] = [`Any${round++}`, randomUUID()];
      const quest = questOf(type);
      // Four before the start, five after it; and another quest may count them all.
      const events: EventEnvelope[] = order.map((n) => at(n - 4, userId, type));
      const apply = applier();
      await apply(...(isShared ? [defined(counts(type))] : []), defined(quest));
      for (let n = 0; n < events.length; n += size) await apply(...events.slice(n, n + size));
      expect(await stage.count('completion where quest_id = $1', [quest.questId])).toBe(2);
      expect(await countedOf(userId, quest.questId)).toBe(5);
    }),
    { numRuns: 25 },
  );
  expect(await contradicted()).toEqual([]);
});

test('processes that work on one player at the same time agree on what a quest does not count', async () => {
  const [one, other] = [applier(), applier()];
  for (let round = 0; round < 15; round++) {
    const [type, userId] = [`Both${round}`, randomUUID()];
    const quest = questOf(type);
    await one(defined(counts(type)), at(-9, userId, type));
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

test('a quest is published when the batches under way have ended, and the next ones count for it', async () => {
  const [apply, userId] = [
    eventApplier({ readDefinitions: definitionReader(), notify: () => {}, clock: wallClock }),
    randomUUID(),
  ];
  const quest = questOf('Racing');
  const go = Promise.withResolvers<void>();
  const stored = Promise.withResolvers<void>();
  const storing = stage.database.transaction(async (transaction) => {
    await apply(transaction, [at(1, userId, 'Racing')]);
    stored.resolve();
    await go.promise;
  });
  await stored.promise;
  const defining = applier()(defined(quest));
  const waiting = (n: number) => async () =>
    (await stage.count(
      `pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and wait_event = 'advisory'`,
    )) === n;
  await until(waiting(1), 'the definition to wait for the batch');
  const next = applier()(at(2, userId, 'Racing'), at(3, userId, 'Racing'));
  await until(waiting(2), 'the next batch to wait for the definition');
  go.resolve();
  await Promise.all([storing, defining, next]);
  expect(await stage.count('completion where quest_id = $1 and user_id = $2', [quest.questId, userId])).toBe(1);
  expect(await contradicted()).toEqual([]);
});
