import { randomUUID } from 'node:crypto';
import { dayMs, localDay, localMidnight } from '../../../shared/calendar.rules.ts';
import { wallClock } from '../../../shared/clock.ts';
import type { EventEnvelope } from '../../../shared/events.ts';
import type { QuestTerms } from '../../../shared/questTerms.rules.ts';
import { until } from '../../../shared/testing/harness.ts';
import { tokenFor } from '../../../shared/testing/tokens.ts';
import { eventApplier } from '../apply.ts';
import { definitionReader } from '../definitions/definitionStore.ts';
import { invariants } from '../operations/invariants.ts';
import { defined, signIn, stageForTests } from './stage.ts';
import { questTerms } from './terms.ts';

const stage = stageForTests();
const operator = tokenFor({ id: randomUUID(), roles: ['OPERATOR'] });
const applier = eventApplier({ readDefinitions: definitionReader(), notify: () => {}, clock: wallClock });
const apply = (...events: EventEnvelope[]) => stage.database.transaction((transaction) => applier(transaction, events));

/** From 10 to 12 o'clock in UTC the day before yesterday: in the west it is the day before that still, in the east the day after begins. */
const outage = Math.floor(Date.now() / dayMs) * dayMs - 2 * dayMs + (10 / 24) * dayMs;
const window = { from: new Date(outage), to: new Date(outage + dayMs / 12) };
const zones = ['Etc/GMT+12', 'UTC', 'Pacific/Kiritimati'];

const daily = (changes: Partial<QuestTerms> = {}) =>
  questTerms({ trigger: `Came${randomUUID().slice(0, 8)}`, period: 'DAY', streak: 3, duplication: 9, ...changes });
const lives = (userId: string, timeZone: string) => ({
  ...signIn(userId, new Date(outage - 30 * dayMs)),
  data: { timeZone },
});
/** At noon of these days, counted from the one that the outage has hit where the player lives. */
const came = ({ trigger }: QuestTerms, userId: string, zone: string, days: readonly number[], later = 0) =>
  days.map((day) => ({
    ...signIn(userId, new Date(localMidnight(zone, localDay(zone, outage) + day) + dayMs / 2 + later)),
    type: trigger,
    source: 'game',
    data: null,
  }));

const compensate = `mutation ($from: DateTime!, $to: DateTime!, $reason: String = "the login was down", $dryRun: Boolean, $idempotencyKey: String!) {
  compensate(from: $from, to: $to, reason: $reason, dryRun: $dryRun, idempotencyKey: $idempotencyKey) { id state } }`;
const list = `{ compensations { nodes { id state isDryRun players streaks error quests { quest { id } streaks } firstPlayers { id } } } }`;
interface Listed {
  id: string;
  state: string;
  isDryRun: boolean;
  players: number;
  streaks: number;
  quests: { quest: { id: string }; streaks: number }[];
  firstPlayers: { id: string }[];
}
const listed = async (): Promise<Listed[]> => (await stage.ask(list, {}, operator)).data.compensations.nodes;
async function compensated(idempotencyKey: string, isDryRun: boolean | null = false) {
  const variables = { ...window, idempotencyKey, ...(isDryRun === null ? {} : { dryRun: isDryRun }) };
  const { data, message } = await stage.ask(compensate, variables, operator);
  expect(message).toBeUndefined();
  return until(
    async () => (await listed()).find(({ id, state }) => id === data.compensate.id && state === 'DONE'),
    'the compensation',
  );
}
const completionsOf = ({ questId }: QuestTerms, userId: string) =>
  stage.count('completion where quest_id = $1 and user_id = $2', [questId, userId]);
const streakOf = async ({ questId }: QuestTerms, userId: string): Promise<number> => {
  const query = `query ($userId: ID!, $questId: ID!) { explain(userId: $userId, questId: $questId) { progress { streak } } }`;
  return (await stage.ask(query, { userId, questId }, operator)).data.explain.progress.streak;
};
const pauses = (userId: string) => stage.count('pause where user_id = $1', [userId]);
const entries = (action: string) =>
  stage.query<{ entry: object }>(
    `select envelope::json->'data' as entry from outbox where envelope::json->'data'->>'action' = $1`,
    [action],
  );

afterEach(async () => {
  for (const { name, statement } of invariants)
    if (!name.startsWith('I8')) expect([name, await stage.query(statement)]).toEqual([name, []]);
});

test('an outage is made good to those whom it has harmed, on the day that it was for each of them, and once', async () => {
  const [quest, weekly] = [daily(), daily({ period: 'WEEK' })];
  const plain = { ...daily(), trigger: quest.trigger, streak: 99 };
  const others = zones.flatMap((zone) => [
    { zone, harmed: randomUUID(), came: randomUUID(), lost: randomUUID(), gone: randomUUID() },
  ]);
  await apply(defined(quest), defined(weekly), defined(plain));
  for (const { zone, harmed, came: there, lost, gone } of others) {
    await apply(...[harmed, there, lost, gone].map((userId) => lives(userId, zone)));
    await apply(
      ...came(quest, harmed, zone, [-2, -1, 1]),
      ...came(quest, there, zone, [-1, 0, 1]),
      // The day before the outage was missed too.
      ...came(quest, lost, zone, [-2, 1]),
      ...came(quest, gone, zone, [-5, -4]),
    );
  }
  const harmed = others.map((one) => one.harmed).sort();
  for (const { harmed: userId } of others) expect(await completionsOf(quest, userId)).toBe(0);
  const before = await stage.count('completion');

  const tried = await compensated('try', null);
  expect(tried).toMatchObject({
    isDryRun: true,
    players: 3,
    streaks: 3,
    quests: [{ quest: { id: quest.questId }, streaks: 3 }],
  });
  expect(tried.firstPlayers.map(({ id }) => id)).toEqual(harmed);
  expect(await stage.count('pause')).toBe(0);

  const made = await compensated('deed');
  expect(made).toMatchObject({ isDryRun: false, players: 3, streaks: 3 });
  expect((await compensated('deed')).id).toBe(made.id);
  expect(await stage.count('pause')).toBe(3);
  // What was found by another key is nothing: they are compensated already.
  expect(await compensated('again')).toMatchObject({ players: 0, streaks: 0 });
  expect(await entries('COMPENSATE')).toHaveLength(2);
  expect(await entries('PREVIEW_COMPENSATION')).toEqual([
    { entry: expect.objectContaining({ targetId: tried.id, reason: 'the login was down' }) },
  ]);
  expect(await stage.count('completion')).toBe(before);

  // The streak of before and the one that has begun since are one; the next event completes, on a day that is filled already.
  for (const { zone, harmed: userId, came: there, lost, gone } of others) {
    await apply(...[userId, lost, gone].flatMap((player) => came(quest, player, zone, [1], 1)));
    expect([await completionsOf(quest, userId), await completionsOf(quest, there)]).toEqual([1, 1]);
    expect([await completionsOf(quest, lost), await completionsOf(quest, gone)]).toEqual([0, 0]);
    expect([await pauses(userId), await pauses(there), await pauses(lost), await pauses(gone)]).toEqual([1, 0, 0, 0]);
  }
});

test('a freeze that the outage has cost is given back, and a streak that has no further completion is left alone', async () => {
  const [frozen, done] = [daily({ streak: 9, freezes: 1 }), daily({ streak: 1, duplication: 1 })];
  const userId = randomUUID();
  await apply(defined(frozen), defined(done), lives(userId, 'UTC'));
  await apply(...came(frozen, userId, 'UTC', [-1, 1]), ...came(done, userId, 'UTC', [-1, 1]));
  expect(await compensated('freeze')).toMatchObject({
    players: 1,
    quests: [{ quest: { id: frozen.questId }, streaks: 1 }],
  });
  expect(await streakOf(frozen, userId)).toBe(2);
});

test('pages of players follow one another, and one that has failed goes on where it was', async () => {
  const quest = daily();
  const players = Array.from({ length: 1200 }, () => randomUUID());
  await apply(defined(quest), ...players.map((userId) => lives(userId, 'UTC')));
  await apply(...players.flatMap((userId) => came(quest, userId, 'UTC', [-2, -1, 1])));
  const last = [...players].sort().at(-1)!;
  await stage.query(`alter table pause add constraint none check (user_id <> '${last}')`);
  const started = (await stage.ask(compensate, { ...window, dryRun: false, idempotencyKey: 'pages' }, operator)).data
    .compensate;
  await until(
    async () => (await listed()).find(({ id, state }) => id === started.id && state === 'FAILED'),
    'it to fail',
  );
  const done = await stage.count('pause where quest_id = $1', [quest.questId]);
  expect([done > 0, done < 1200]).toEqual([true, true]);
  await stage.query('alter table pause drop constraint none');
  const made = await compensated('pages');
  expect(made).toMatchObject({ id: started.id, players: 1200, streaks: 1200 });
  expect(made.firstPlayers).toHaveLength(20);
  const [row] = await stage.query<{ rows: number; players: number }>(
    'select count(*)::int as rows, count(distinct user_id)::int as players from pause where quest_id = $1',
    [quest.questId],
  );
  expect(row).toEqual({ rows: 1200, players: 1200 });
});

test('what is asked for several times at once is one compensation, with one audit entry', async () => {
  const reason = `at once ${randomUUID()}`;
  const asked = { ...window, reason, dryRun: true, idempotencyKey: 'at-once' };
  const answers = await Promise.all([1, 2, 3].map(() => stage.ask(compensate, asked, operator)));
  expect(new Set(answers.map(({ data }) => data.compensate.id)).size).toBe(1);
  expect(
    (await entries('PREVIEW_COMPENSATION')).filter(({ entry }) => 'reason' in entry && entry.reason === reason),
  ).toHaveLength(1);
});

test.each<[string, object, string]>([
  ['in the future', { to: new Date(Date.now() + dayMs) }, 'BAD_USER_INPUT'],
  ['the end before the beginning', { from: window.to, to: window.from }, 'BAD_USER_INPUT'],
  ['long ago', { from: new Date(outage - 402 * dayMs) }, 'BAD_USER_INPUT'],
  ['without a reason', { reason: '' }, 'BAD_USER_INPUT'],
  ['a key with a space', { idempotencyKey: 'a key' }, 'BAD_USER_INPUT'],
  ['a key of another outage', { idempotencyKey: 'deed', reason: 'another' }, 'CONFLICT'],
])('%s is refused', async (_, change, code) => {
  const { data, code: answered } = await stage.ask(
    compensate,
    { ...window, dryRun: false, idempotencyKey: randomUUID(), ...change },
    operator,
  );
  expect([answered, data]).toEqual([code, null]);
});

test.each(['PLAYER', 'SERVICE'] as const)('a %s is FORBIDDEN to compensate', async (role) => {
  const token = tokenFor({ id: randomUUID(), roles: [role] });
  expect((await stage.ask(compensate, { ...window, idempotencyKey: 'mine' }, token)).code).toBe('FORBIDDEN');
  expect((await stage.ask(list, {}, token)).code).toBe('FORBIDDEN');
});
