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
import { objective, questOf, questTerms, revised } from './terms.ts';

const stage = stageForTests();
const operatorId = randomUUID();
const operator = tokenFor({ id: operatorId, roles: ['OPERATOR'] });

// One process, which remembers definitions between batches.
const applier = eventApplier({ readDefinitions: definitionReader(), notify: () => {}, clock: wallClock });
const apply = (...events: EventEnvelope[]) => stage.database.transaction((transaction) => applier(transaction, events));
const came = ({ trigger }: QuestTerms, userId: string, at: Date) => ({
  ...signIn(userId, at),
  type: trigger,
  source: 'game',
  data: null,
});
const lives = (userId: string, timeZone: string) => ({
  ...signIn(userId, new Date(Date.now() - 30 * dayMs)),
  data: { timeZone },
});
const daily = (changes: Partial<QuestTerms> = {}) =>
  questTerms({ trigger: `Came${randomUUID().slice(0, 8)}`, period: 'DAY', streak: 4, duplication: 9, ...changes });

/** Noon of a day so many days ago, and its beginning, where the player lives. */
const noon = (ago: number, zone = 'UTC') => new Date(begin(ago, zone).getTime() + dayMs / 2);
const begin = (ago: number, zone = 'UTC') => new Date(localMidnight(zone, localDay(zone, Date.now()) - ago));

const fields = 'id quest { id } user { id } startsAt endsAt reason pausedBy { id } endedBy { id }';
const pauseQuest = `mutation ($questId: ID!, $userId: ID, $from: DateTime, $to: DateTime, $reason: String = "an outage") {
  pauseQuest(questId: $questId, userId: $userId, from: $from, to: $to, reason: $reason) { ${fields} } }`;
const pauseQuests = `mutation ($userId: ID, $from: DateTime, $to: DateTime, $reason: String = "on vacation") {
  pauseQuests(userId: $userId, from: $from, to: $to, reason: $reason) { ${fields} } }`;
const endPause = `mutation ($id: ID!) { endPause(id: $id) { ${fields} } }`;
async function done(mutation: string, variables: object) {
  const { data, code, message } = await stage.ask(mutation, variables, operator);
  expect([code, message]).toEqual([undefined, undefined]);
  return Object.values(data)[0] as { id: string; endsAt: string | null; endedBy: object | null };
}
async function standingOf({ questId }: QuestTerms, userId: string) {
  const query = `query ($userId: ID!, $questId: ID!) { explain(userId: $userId, questId: $questId) {
    text progress { state streak completions resetsAt periods(last: 4) { state } } } }`;
  const { data } = await stage.ask(query, { userId, questId }, operator);
  const { periods, ...progress } = data.explain.progress;
  expect(data.explain.text.includes('The quest pauses')).toBe(progress.state === 'PAUSED');
  return { ...progress, periods: periods.map(({ state }: { state: string }) => state).join(' ') };
}
const completionsOf = ({ questId }: QuestTerms, userId: string) =>
  stage.count('completion where quest_id = $1 and user_id = $2', [questId, userId]);
const entriesOf = async (action: string) =>
  (
    await stage.query<{ entry: object }>(
      `select envelope::json->'data' as entry from outbox where envelope::json->'data'->>'action' = $1 order by number`,
      [action],
    )
  ).map(({ entry }) => entry);

afterEach(async () => {
  for (const { name, statement } of invariants)
    if (!name.startsWith('I8')) expect([name, await stage.query(statement)]).toEqual([name, []]);
});

describe('pauseQuest', () => {
  test('keeps the streak of a player over days on which nothing happened, and moves what is lost when', async () => {
    const [quest, userId] = [daily(), randomUUID()];
    await apply(defined(quest), lives(userId, 'UTC'), came(quest, userId, noon(4)), came(quest, userId, noon(3)));
    expect(await standingOf(quest, userId)).toMatchObject({ state: 'OPEN', streak: 0, resetsAt: null });
    const [from, to] = [begin(2).toISOString(), begin(-2).toISOString()];
    const pause = await done(pauseQuest, { questId: quest.questId, userId, from, to });
    expect(pause).toEqual({
      id: pause.id,
      quest: { id: quest.questId },
      user: { id: userId },
      startsAt: from,
      endsAt: to,
      reason: 'an outage',
      pausedBy: { id: operatorId },
      endedBy: null,
    });
    expect(await standingOf(quest, userId)).toEqual({
      state: 'PAUSED',
      streak: 2,
      completions: 0,
      resetsAt: begin(-3).toISOString(),
      periods: 'DONE PAUSED PAUSED PAUSED',
    });
    expect(await entriesOf('PAUSE_QUEST')).toEqual([
      expect.objectContaining({
        actorId: operatorId,
        targetId: userId,
        reason: 'an outage',
        outcome: 'DONE',
        changes: [
          { field: 'quest', before: null, after: quest.name },
          { field: 'from', before: null, after: from },
          { field: 'to', before: null, after: to },
        ],
      }),
    ]);
    // Who plays all the same fills the day.
    await apply(came(quest, userId, begin(0)));
    expect(await standingOf(quest, userId)).toMatchObject({ streak: 3, periods: 'DONE PAUSED PAUSED DONE' });
  });

  test('in the past joins what a gap had parted, and the next event completes, on a day that is filled too', async () => {
    const [quest, userId, other] = [daily(), randomUUID(), randomUUID()];
    await apply(defined(quest), lives(userId, 'UTC'), lives(other, 'UTC'));
    for (const player of [userId, other]) for (const ago of [5, 4, 2, 1]) await apply(came(quest, player, noon(ago)));
    expect(await standingOf(quest, userId)).toMatchObject({ streak: 2, completions: 0 });
    await done(pauseQuest, { questId: quest.questId, userId, from: begin(3), to: begin(2) });
    expect(await completionsOf(quest, userId)).toBe(0);
    for (const player of [userId, other]) await apply(came(quest, player, new Date(noon(1).getTime() + 1)));
    expect([await completionsOf(quest, userId), await completionsOf(quest, other)]).toEqual([1, 0]);
    expect(await standingOf(quest, other)).toMatchObject({ streak: 2, completions: 0 });
  });

  test('for everybody joins the streaks of all, those included that come to it later', async () => {
    const [quest, unconcerned, userId] = [daily(), daily(), randomUUID()];
    await apply(defined(quest), defined(unconcerned), lives(userId, 'UTC'));
    for (const ago of [5, 4, 2, 1]) await apply(came(quest, userId, noon(ago)), came(unconcerned, userId, noon(ago)));
    await done(pauseQuest, { questId: quest.questId, from: begin(3), to: begin(2) });
    await apply(
      came(quest, userId, new Date(noon(1).getTime() + 1)),
      came(unconcerned, userId, new Date(noon(1).getTime() + 1)),
    );
    expect([await completionsOf(quest, userId), await completionsOf(unconcerned, userId)]).toEqual([1, 0]);
    const newcomer = randomUUID();
    await apply(lives(newcomer, 'UTC'), ...[5, 4, 2, 1].map((ago) => came(quest, newcomer, noon(ago))));
    expect(await completionsOf(quest, newcomer)).toBe(1);
  });

  test('counts in a backfill', async () => {
    const [plain, userId] = [daily({ startsAt: begin(20).toISOString() }), randomUUID()];
    const other = { ...daily({ startsAt: begin(20).toISOString() }), questId: plain.questId, trigger: plain.trigger };
    await apply(defined(plain), lives(userId, 'UTC'));
    await done(pauseQuest, { questId: plain.questId, from: begin(4), to: begin(3) });
    await apply(...[6, 5, 3, 2].map((ago) => ({ ...came(plain, userId, noon(ago)), type: `${plain.trigger}Too` })));
    const next = revised(other, { trigger: `${plain.trigger}Too`, backfill: 'SILENT', inFlight: 'MOVE' });
    await apply(defined(next));
    await until(async () => (await completionsOf(plain, userId)) === 1, 'the backfill to complete');
  });
});

describe('pauseQuests', () => {
  test('is a vacation of one player from all quests, and of nobody else', async () => {
    const [one, other] = [daily(), daily()];
    const [away, here] = [randomUUID(), randomUUID()];
    await apply(defined(one), defined(other), lives(away, 'Asia/Tokyo'), lives(here, 'Asia/Tokyo'));
    for (const quest of [one, other])
      for (const player of [away, here]) await apply(came(quest, player, noon(3, 'Asia/Tokyo')));
    await done(pauseQuests, { userId: away, from: begin(2, 'Asia/Tokyo'), to: begin(-9, 'Asia/Tokyo') });
    for (const quest of [one, other]) {
      expect(await standingOf(quest, away)).toMatchObject({
        state: 'PAUSED',
        streak: 1,
        resetsAt: begin(-10, 'Asia/Tokyo').toISOString(),
      });
      expect(await standingOf(quest, here)).toMatchObject({ state: 'OPEN', streak: 0 });
    }
  });

  test('until it is ended: what was paused stays so, and then streaks can be lost again', async () => {
    const [quest, userId] = [daily(), randomUUID()];
    await apply(defined(quest), lives(userId, 'UTC'), came(quest, userId, noon(2)));
    const { id, endsAt } = await done(pauseQuests, { userId, from: begin(1) });
    expect(endsAt).toBeNull();
    expect(await standingOf(quest, userId)).toMatchObject({ state: 'PAUSED', streak: 1, resetsAt: null });
    const ended = await done(endPause, { id });
    expect(ended.endedBy).toEqual({ id: operatorId });
    expect(await standingOf(quest, userId)).toMatchObject({
      state: 'OPEN',
      streak: 1,
      resetsAt: begin(-2).toISOString(),
      periods: 'MISSED DONE PAUSED PAUSED',
    });
    expect((await stage.ask(endPause, { id }, operator)).code).toBe('CONFLICT');
    expect(await entriesOf('END_PAUSE')).toMatchObject([
      { targetId: userId, changes: [{}, { field: 'to', before: null }] },
    ]);
  });

  test('for everybody ends for everybody, and one that had not begun has never been', async () => {
    const [quest, userId] = [daily(), randomUUID()];
    await apply(defined(quest), lives(userId, 'UTC'), came(quest, userId, noon(1)));
    const { id } = await done(pauseQuests, { from: begin(-1), to: begin(-5) });
    expect(await standingOf(quest, userId)).toMatchObject({ state: 'OPEN', resetsAt: begin(-1).toISOString() });
    await apply(came(quest, userId, begin(0)));
    expect(await standingOf(quest, userId)).toMatchObject({ resetsAt: begin(-6).toISOString() });
    const ended = await done(endPause, { id });
    expect(ended.endsAt).toBe(begin(-1).toISOString());
    expect(await standingOf(quest, userId)).toMatchObject({ resetsAt: begin(-2).toISOString() });
  });
});

describe('what cannot be paused', () => {
  const quest = daily();
  const counted = questOf([objective('wins', 'Won', { target: 3 })]);
  const userId = randomUUID();
  beforeAll(() => apply(defined(quest), defined(counted), lives(userId, 'UTC')));

  test.each<[string, () => object, string]>([
    ['an unknown quest', () => ({ questId: randomUUID() }), 'NOT_FOUND'],
    ['no id of a quest', () => ({ questId: 'x' }), 'NOT_FOUND'],
    ['a quest that counts nothing in a row', () => ({ questId: counted.questId }), 'BAD_USER_INPUT'],
    ['a player who was never there', () => ({ questId: quest.questId, userId: randomUUID() }), 'NOT_FOUND'],
    ['no id of a player', () => ({ questId: quest.questId, userId: 'everybody' }), 'NOT_FOUND'],
    ['an end before the beginning', () => ({ questId: quest.questId, from: begin(1), to: begin(2) }), 'BAD_USER_INPUT'],
    ['no time at all', () => ({ questId: quest.questId, from: begin(1), to: begin(1) }), 'BAD_USER_INPUT'],
    ['an end in the past', () => ({ questId: quest.questId, to: begin(2) }), 'BAD_USER_INPUT'],
    ['long ago', () => ({ questId: quest.questId, from: begin(402) }), 'BAD_USER_INPUT'],
    ['for ever', () => ({ questId: quest.questId, to: begin(-402) }), 'BAD_USER_INPUT'],
    ['in years', () => ({ questId: quest.questId, from: begin(-402) }), 'BAD_USER_INPUT'],
    ['without a reason', () => ({ questId: quest.questId, reason: '\u200b' }), 'BAD_USER_INPUT'],
  ])('%s: %o', async (_, variables, code) => {
    expect((await stage.ask(pauseQuest, variables(), operator)).code).toBe(code);
  });

  test.each(['PLAYER', 'SERVICE'] as const)('by a %s is FORBIDDEN', async (role) => {
    const token = tokenFor({ id: userId, roles: [role] });
    expect((await stage.ask(pauseQuest, { questId: quest.questId, userId }, token)).code).toBe('FORBIDDEN');
    expect((await stage.ask(pauseQuests, { userId }, token)).code).toBe('FORBIDDEN');
    expect((await stage.ask(endPause, { id: randomUUID() }, token)).code).toBe('FORBIDDEN');
    expect((await stage.ask('{ pauses { nodes { id } } }', {}, token)).code).toBe('FORBIDDEN');
  });

  test.each(['', 'x', randomUUID()])('the end of the pause %j is NOT_FOUND', async (id) => {
    expect((await stage.ask(endPause, { id }, operator)).code).toBe('NOT_FOUND');
  });
});

test('pauses are listed, the last one first, and those of a player', async () => {
  const [quest, userId] = [daily(), randomUUID()];
  await apply(defined(quest), lives(userId, 'UTC'));
  const made: string[] = [];
  for (const variables of [{ userId }, {}, { userId }])
    made.unshift((await done(pauseQuest, { questId: quest.questId, ...variables, to: begin(-1) })).id);
  const list =
    'query ($userId: ID, $first: Int, $after: String) { pauses(userId: $userId, first: $first, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }';
  const idsOf = (data: { pauses: { nodes: { id: string }[] } }) => data.pauses.nodes.map(({ id }) => id);
  const first = await stage.ask(list, { first: 2 }, operator);
  const { endCursor: after } = first.data.pauses.pageInfo;
  const second = await stage.ask(list, { first: 1, after }, operator);
  expect([...idsOf(first.data), ...idsOf(second.data)].sort()).toEqual([...made].sort());
  expect(idsOf((await stage.ask(list, { userId }, operator)).data).sort()).toEqual([made[0], made[2]].sort());
  expect((await stage.ask(list, { userId: 'x' }, operator)).code).toBe('NOT_FOUND');
});
