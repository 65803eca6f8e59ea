import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { wallClock } from '../../../shared/clock.ts';
import type { EventEnvelope } from '../../../shared/events.ts';
import type { QuestTerms } from '../../../shared/questTerms.rules.ts';
import { tokenFor } from '../../../shared/testing/tokens.ts';
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
const daily = (changes: Partial<QuestTerms> = {}) =>
  questTerms({ trigger: `Came${randomUUID().slice(0, 8)}`, period: 'DAY', duplication: 100, ...changes });
const came = ({ trigger }: QuestTerms, userId: string, at: string) => ({
  ...signIn(userId, new Date(at)),
  type: trigger,
  source: 'service:game',
  data: null,
});
const lives = (userId: string, timeZone: string, at: string) => ({
  ...signIn(userId, new Date(at)),
  data: { timeZone },
});
const moves = (userId: string, timeZone: string, at: string) => ({
  ...lives(userId, timeZone, at),
  type: 'UserTimeZoneChanged',
});
const numbersOf = async ({ questId }: QuestTerms, userId: string) => {
  const sql = 'select number from completion where quest_id = $1 and user_id = $2 order by number';
  return (await stage.query<{ number: number }>(sql, [questId, userId])).map(({ number }) => number);
};
const contradicted = async () => {
  const found: string[] = [];
  for (const { name, statement } of invariants) {
    // The events of these tests came by no inbox.
    if (!name.startsWith('I8') && (await stage.query(statement)).length > 0) found.push(name);
  }
  return found;
};
afterEach(async () => expect(await contradicted()).toEqual([]));

test('three days in a row complete the quest, however often the player comes on each', async () => {
  const [apply, quest, userId] = [applier(), daily(), randomUUID()];
  await apply(defined(quest), lives(userId, 'UTC', '2026-03-01T00:00:00Z'));
  await apply(...Array.from({ length: 50 }, (_, n) => came(quest, userId, `2026-03-01T12:00:${10 + n}Z`)));
  expect(await numbersOf(quest, userId)).toEqual([]);
  await apply(came(quest, userId, '2026-03-02T12:00:00Z'), came(quest, userId, '2026-03-02T13:00:00Z'));
  await apply(came(quest, userId, '2026-03-04T12:00:00Z'));
  expect(await numbersOf(quest, userId)).toEqual([]);
  await apply(came(quest, userId, '2026-03-03T12:00:00Z')); // late, and in the right place all the same
  expect(await numbersOf(quest, userId)).toEqual([1]);
  expect(await stage.count('active_span where user_id = $1', [userId])).toBe(4);
});

test('a day is the player’s own, unless the quest has a calendar of its own', async () => {
  const [apply, own, userId] = [applier(), daily({ streak: 2 }), randomUUID()];
  const fixed = daily({ streak: 2, trigger: own.trigger, timeZone: 'Europe/Berlin' });
  await apply(defined(own), defined(fixed), lives(userId, 'America/Los_Angeles', '2026-03-01T00:00:00Z'));
  // One evening in Los Angeles, and two days in Berlin.
  await apply(came(own, userId, '2026-03-02T20:00:00Z'), came(own, userId, '2026-03-03T02:00:00Z'));
  expect([await numbersOf(own, userId), await numbersOf(fixed, userId)]).toEqual([[], [1]]);
});

test('a player who moves ends the day no earlier, and comes on each day all the same', async () => {
  const [apply, quest, userId] = [applier(), daily({ streak: 4 }), randomUUID()];
  await apply(defined(quest), lives(userId, 'America/New_York', '2026-03-01T12:00:00Z'));
  await apply(came(quest, userId, '2026-03-01T20:00:00Z'));
  // In Tokyo it is the 3rd already, in New York still the 2nd until 05:00 UTC on the 3rd.
  await apply(moves(userId, 'Asia/Tokyo', '2026-03-02T20:00:00Z'), came(quest, userId, '2026-03-02T20:01:00Z'));
  await apply(came(quest, userId, '2026-03-03T06:00:00Z'));
  expect(await numbersOf(quest, userId)).toEqual([]);
  await apply(came(quest, userId, '2026-03-03T15:30:00Z')); // the 4th in Tokyo
  expect(await numbersOf(quest, userId)).toEqual([1]);
  expect(await stage.count('player_zone where user_id = $1', [userId])).toBe(2);
});

test.each([
  ['WEEK', ['2026-12-28', '2027-01-10', '2027-01-11']],
  ['MONTH', ['2026-12-31', '2027-01-01', '2027-02-28']],
] as const)('a quest by %s asks for each in a row', async (period, days) => {
  const [apply, quest, userId] = [applier(), daily({ period, timeZone: 'UTC' }), randomUUID()];
  await apply(defined(quest));
  for (const day of days) {
    expect(await numbersOf(quest, userId)).toEqual([]);
    await apply(came(quest, userId, `${day}T12:00:00Z`));
  }
  expect(await numbersOf(quest, userId)).toEqual([1]);
});

test('whatever the order, the batches and the processes, the same events end in the same completions', async () => {
  const quest = daily({ streak: 2, graceHours: 3, freezes: 1, startsAt: '2026-01-01T00:00:00.000Z' });
  await applier()(defined(quest));
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 0, max: 15 * 24 }), { maxLength: 20 }).chain((hours) =>
        fc.record({
          one: fc.shuffledSubarray(hours, { minLength: hours.length }),
          other: fc.shuffledSubarray(hours, { minLength: hours.length }),
          size: fc.integer({ min: 1, max: 7 }),
        }),
      ),
      async ({ one, other, size }) => {
        const inBatches = async (userId: string, hours: number[], many: number) => {
          const events = hours.map((hour) =>
            came(quest, userId, new Date(Date.UTC(2026, 2, 1) + hour * 3_600_000).toISOString()),
          );
          await Promise.all(
            [applier(), applier()].map(async (apply, process) => {
              const own = events.filter((_, n) => n % 2 === process);
              for (let n = 0; n < own.length; n += many) await apply(...own.slice(n, n + many));
            }),
          );
          return numbersOf(quest, userId);
        };
        const [a, b] = [randomUUID(), randomUUID()];
        expect(await inBatches(a, one, size)).toEqual(await inBatches(b, other, 1));
      },
    ),
    { numRuns: 25 },
  );
});

const operator = tokenFor({ id: randomUUID(), roles: ['OPERATOR'] });
async function standingOf({ questId }: QuestTerms, userId: string) {
  const query = `query ($userId: ID!, $questId: ID!) { explain(userId: $userId, questId: $questId) {
    counted text progress { streak completions remaining resetsAt periods(last: 4) { startsAt endsAt state } } } }`;
  const { data } = await stage.ask(query, { userId, questId }, operator);
  const { progress, ...rest } = (data as { explain: { progress: object; counted: number; text: string } }).explain;
  return { ...rest, ...progress };
}

test('how a player stands says what is lost when, and which days were filled', async () => {
  const [apply, userId] = [applier(), randomUUID()];
  const quest = daily({ streak: 5, freezes: 1, graceHours: 2, timeZone: 'UTC' });
  const day = (ago: number) => Math.floor(Date.now() / 86_400_000) * 86_400_000 - ago * 86_400_000;
  const noon = (ago: number) => new Date(day(ago) + 43_200_000).toISOString();
  const starts = (ago: number) => new Date(day(ago)).toISOString();
  await apply(defined(quest), came(quest, userId, noon(3)), came(quest, userId, noon(1)));
  const state = (ago: number, name: string) => ({ startsAt: starts(ago), endsAt: starts(ago - 1), state: name });
  expect(await standingOf(quest, userId)).toEqual({
    counted: 2,
    text: '2 counted days are worth 0 completions; the player has 0 and needs 3 more days for the next.',
    streak: 2,
    completions: 0,
    remaining: 3,
    // The freeze is used up: tomorrow's hours of grace are the last chance.
    resetsAt: new Date(day(-1) + 7_200_000).toISOString(),
    periods: [state(3, 'DONE'), state(2, 'FROZEN'), state(1, 'DONE'), state(0, 'OPEN')],
  });
});
