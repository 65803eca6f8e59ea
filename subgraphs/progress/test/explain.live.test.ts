import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type EnumTypeDefinitionNode, parse } from 'graphql';
import { wallClock } from '../../../shared/clock.ts';
import type { EventEnvelope } from '../../../shared/events.ts';
import { tokenFor } from '../../../shared/testing/tokens.ts';
import { eventApplier } from '../apply.ts';
import { definitionReader } from '../definitions/definitionStore.ts';
import { defined, signIn, stageForTests } from './stage.ts';
import { objective, questOf, questTerms, revised } from './terms.ts';

const stage = stageForTests();
const operator = tokenFor({ id: randomUUID(), roles: ['OPERATOR'] });
const apply = (...events: EventEnvelope[]) =>
  stage.database.transaction((transaction) =>
    eventApplier({ readDefinitions: definitionReader(), notify: () => {}, clock: wallClock })(transaction, events),
  );
const startsAt = '2026-11-01T00:00:00.000Z';
const happened = (userId: string, type: string, day: number, data: unknown = {}) => ({
  ...signIn(userId, new Date(`2026-11-${String(day).padStart(2, '0')}T12:00:00Z`)),
  ...{ type, source: 'service:game', data },
});
const explained = async (userId: string, questId: string) => {
  const query = `query ($userId: ID!, $questId: ID!) { explain(userId: $userId, questId: $questId) {
    counted due versions events { event { occurredAt } counted code reason } } }`;
  return (await stage.ask(query, { userId, questId }, operator)).data.explain;
};
/** By day of the month, the earliest first: null, or why not. */
const codes = async (userId: string, questId: string): Promise<(string | null)[]> => {
  const { events } = await explained(userId, questId);
  for (const { code, counted } of events) expect([code, counted]).toEqual([code, code === null || code === 'PAUSED']);
  const all: (string | null)[] = events.map(({ code }: { code: string | null }) => code).reverse();
  for (const code of all) met.add(code);
  return all;
};
const met = new Set<string | null>();

test('each event says whether it counts, and why not', async () => {
  const userId = randomUUID();
  const wins = objective('wins', 'Won', { target: 2, where: [{ path: 'score', op: 'GTE', value: 1000 }] });
  const quest = questOf([wins], { startsAt, endsAt: '2026-11-20T00:00:00.000Z' });
  await apply(defined(quest));
  await apply(
    happened(userId, 'Won', 1, { score: 1000 }),
    happened(userId, 'Won', 2, { score: 900 }),
    happened(userId, 'Won', 3),
    happened(userId, 'Won', 4, { score: 5000 }),
    happened(userId, 'Won', 5, { score: 5000 }),
    happened(userId, 'Won', 21, { score: 5000 }),
    { ...happened(userId, 'Won', 1, { score: 5000 }), occurredAt: '2026-10-31T12:00:00.000Z' },
  );
  expect(await codes(userId, quest.questId)).toEqual([
    ...['OUTSIDE_WINDOW', null, 'CONDITION', 'CONDITION', null, 'ALREADY_DONE', 'OUTSIDE_WINDOW'],
  ]);
  const { events } = await explained(userId, quest.questId);
  expect(events.at(-3).reason).toBe('score >= 1000 was asked, and it was 900.');
});

test.each([
  [
    'SUM',
    objective('one', 'Any', { measure: 'SUM', of: 'n', target: 100 }),
    [1, '2', 1.5, -1, 2 ** 53, 2],
    [null, 'NOT_A_NUMBER', 'NOT_WHOLE', 'NOT_POSITIVE', 'TOO_LARGE', null],
  ],
  ['MAX', objective('one', 'Any', { measure: 'MAX', of: 'n', target: 100 }), [3, 2, 5], [null, 'NOT_GREATER', null]],
  [
    'DISTINCT',
    objective('one', 'Any', { measure: 'DISTINCT', of: 'n', target: 9 }),
    [1, 1, [], 2],
    [null, 'SEEN_BEFORE', 'NOT_A_VALUE', null],
  ],
] as const)('%s says what it leaves out', async (_, one, values, expected) => {
  const [userId, type] = [randomUUID(), `Any${randomUUID().slice(0, 8)}`];
  const quest = questOf([{ ...one, events: [type] }], { startsAt });
  await apply(defined(quest));
  await apply(...values.map((n, day) => happened(userId, type, day + 2, { n })));
  expect(await codes(userId, quest.questId)).toEqual(expected);
});

test('days that are filled, quests that are locked and pasts that do not count are told apart', async () => {
  const [userId, type] = [randomUUID(), `Came${randomUUID().slice(0, 8)}`];
  await apply(happened(userId, type, 2));
  const first = questTerms({ trigger: `${type}Else`, startsAt });
  const days = questTerms({ trigger: type, period: 'DAY', startsAt, timeZone: 'UTC' });
  const locked = questOf([objective('any', type)], { requires: [first.questId], startsAt });
  await apply(defined(first), defined(days), defined(locked));
  await apply(happened(userId, type, 3), { ...happened(userId, type, 3), occurredAt: '2026-11-03T13:00:00.000Z' });
  expect(await codes(userId, days.questId)).toEqual(['BEFORE_ENROLMENT', null, 'PERIOD_FILLED']);
  expect(await codes(userId, locked.questId)).toEqual(['BEFORE_ENROLMENT', 'PREREQUISITE', 'PREREQUISITE']);
});

test('what falls into a pause counts and says so, and only where there is a streak to keep', async () => {
  const [userId, type] = [randomUUID(), `Came${randomUUID().slice(0, 8)}`];
  const days = questTerms({ trigger: type, period: 'DAY', startsAt, timeZone: 'UTC' });
  const wins = questTerms({ trigger: type, startsAt });
  await apply(defined(days), defined(wins));
  await apply(...[2, 3, 4].map((day) => happened(userId, type, day)));
  const pause = `mutation ($userId: ID!, $questId: ID!, $from: DateTime!, $to: DateTime!) {
    pauseQuest(userId: $userId, questId: $questId, from: $from, to: $to, reason: "holidays") { id } }`;
  const at = { from: '2026-11-03T00:00:00.000Z', to: '2026-11-04T12:00:00.000Z' };
  expect((await stage.ask(pause, { userId, questId: days.questId, ...at }, operator)).message).toBeUndefined();
  expect(await codes(userId, days.questId)).toEqual([null, 'PAUSED', null]);
  expect(await codes(userId, wins.questId)).toEqual([null, null, null]);
});

test('what comes too soon, and the quest’s own completion, say so', async () => {
  const [userId, type] = [randomUUID(), `Won${randomUUID().slice(0, 8)}`];
  const cooling = questOf([objective('wins', type)], { startsAt, duplication: 9, cooldownSeconds: 3600 });
  const counting = questOf([objective('any', [type, 'QuestCompleted'])], { startsAt, duplication: 9 });
  await apply(defined(cooling), defined(counting));
  const later = { ...happened(userId, type, 2), occurredAt: '2026-11-02T12:30:00.000Z' };
  await apply(happened(userId, type, 2), later);
  expect(await codes(userId, cooling.questId)).toEqual([null, 'COOLDOWN']);
  expect((await codes(userId, counting.questId)).sort()).toEqual([
    'OWN_COMPLETION',
    'OWN_COMPLETION',
    'OWN_COMPLETION',
    null,
    null,
    null,
  ]);
});

test('it names the versions that the player went through, and fifty events at most', async () => {
  const [userId, type] = [randomUUID(), `Many${randomUUID().slice(0, 8)}`];
  const quest = questTerms({ trigger: type, streak: 2, duplication: 100, startsAt });
  await apply(defined(quest));
  await apply(...Array.from({ length: 61 }, () => happened(userId, type, 2)));
  await apply(defined(revised(quest, { streak: 3 })));
  expect(await explained(userId, quest.questId)).toMatchObject({ counted: 61, due: 30, versions: [1] });
  await apply(...Array.from({ length: 5 }, () => happened(userId, type, 3)));
  const { versions, events } = await explained(userId, quest.questId);
  expect([versions, events.length]).toEqual([[1, 2], 50]);
});

test('players may ask it of themselves, and not of what is hidden from them', async () => {
  const [userId, type] = [randomUUID(), `Own${randomUUID().slice(0, 8)}`];
  const [open, hidden] = [
    questTerms({ trigger: type, streak: 1, startsAt }),
    questTerms({ trigger: type, streak: 1, startsAt, hidden: true }),
  ];
  await apply(defined(open), defined(hidden));
  await apply(happened(userId, type, 2));
  const query = `query ($id: ID!) { _entities(representations: [{ __typename: "User", id: $id }]) { ... on User {
    quests { quest { id } explanation { events { counted } } } } } }`;
  const { data } = await stage.ask(query, { id: userId }, tokenFor({ id: userId, roles: ['PLAYER'] }));
  const of = ({ questId }: typeof open) =>
    data._entities[0].quests.find(({ quest }: { quest: { id: string } }) => quest.id === questId).explanation;
  expect([of(open), of(hidden)]).toEqual([{ events: [{ counted: true }] }, null]);
});

test('a player sees what locks a quest, without what is hidden from players', async () => {
  const userId = randomUUID();
  const [shown, hidden] = [questTerms(), questTerms({ hidden: true })];
  const locked = questOf([objective('wins', 'Won')], { requires: [shown.questId, hidden.questId] });
  await apply(defined(shown), defined(hidden), defined(locked), signIn(userId));
  const locksFor = async (token: string): Promise<string[]> => {
    const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { quests { quest { id } state lockedBy { id } } } } }`;
    const { data } = await stage.ask(query, { of: [{ __typename: 'User', id: userId }] }, token);
    const found = data._entities[0].quests.find(({ quest }: { quest: { id: string } }) => quest.id === locked.questId);
    expect(found.state).toBe('LOCKED');
    return found.lockedBy.map(({ id }: { id: string }) => id);
  };
  expect(await locksFor(tokenFor({ id: userId, roles: ['PLAYER'] }))).toEqual([shown.questId]);
  expect(await locksFor(operator)).toEqual([shown.questId, hidden.questId]);
});

test('every code of the contract was met', () => {
  const sdl = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8');
  const { values } = parse(sdl).definitions.find(
    (one) => one.kind === 'EnumTypeDefinition' && one.name.value === 'ReasonCode',
  ) as EnumTypeDefinitionNode;
  expect([...met].filter((code) => code !== null).sort()).toEqual(values!.map(({ name }) => name.value).sort());
});
