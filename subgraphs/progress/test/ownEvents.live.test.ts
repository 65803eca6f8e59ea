import { randomUUID } from 'node:crypto';
import { localCarrier } from '../../../shared/delivery/carrierLocal.ts';
import { until } from '../../../shared/testing/harness.ts';
import { tokenFor } from '../../../shared/testing/tokens.ts';
import { findLastStored, findStored } from '../events/eventStore.ts';
import { openTail } from '../events/tail.ts';
import { invariants } from '../operations/invariants.ts';
import { type Sender, defined, log, openSender, quiet, signIn, stageForTests } from './stage.ts';
import { questTerms } from './terms.ts';

const carrier = localCarrier();
const stage = stageForTests(carrier);
const operator = tokenFor({ id: randomUUID(), roles: ['OPERATOR'] });
const userId = randomUUID();
const player = tokenFor({ id: userId, roles: ['PLAYER'] });
const quest = questTerms({ streak: 2, duplication: 1, autoClaim: false });
const happenedAt = new Date(Date.now() - 3_600_000);
let [auth, catalog]: Sender[] = [];
let followed: AsyncIterableIterator<{ type: string; userId: string }>;
let stopTail: () => Promise<void>;

beforeAll(async () => {
  [auth, catalog] = [await openSender('auth', carrier), await openSender('catalog', carrier)];
  await catalog.send(defined(quest));
  await quiet(catalog);
  const em = stage.database.fork();
  const tail = openTail(
    { findLastStored: () => findLastStored(em), findStored: (...wanted) => findStored(em, ...wanted) },
    log,
    10,
  );
  stopTail = tail.stop;
  followed = await tail.follow({ type: null, userId, from: null, to: null });
  await auth.send(signIn(userId, happenedAt), signIn(userId, happenedAt));
  await quiet(auth);
  await stage.ask('mutation { claimAllRewards { id } }', {}, player);
});
afterAll(async () => {
  await stopTail();
  await Promise.all([auth!.stop(), catalog!.stop()]);
});

const history = `query ($id: ID!) { _entities(representations: [{ __typename: "User", id: $id }]) { ... on User {
  completions { nodes { id } } events { nodes { id type source occurredAt data } } } } }`;

interface Told {
  type: string;
}

test('a completion and its claim are in the player’s history, with what they tell', async () => {
  const [{ completions, events }] = (await stage.ask(history, { id: userId }, player)).data._entities;
  const { id } = completions.nodes[0];
  const told = events.nodes.toSorted((one: Told, other: Told) => one.type.localeCompare(other.type));
  expect(told).toEqual([
    {
      id,
      type: 'QuestCompleted',
      source: 'progress',
      occurredAt: happenedAt.toISOString(),
      data: { completionId: id, questId: quest.questId, questVersion: quest.version, number: 1, autoClaimed: false },
    },
    expect.objectContaining({
      type: 'RewardClaimed',
      source: 'progress',
      data: { completionId: id, questId: quest.questId },
    }),
    expect.objectContaining({ type: 'UserSignIn', source: 'auth' }),
    expect.objectContaining({ type: 'UserSignIn', source: 'auth' }),
  ]);
});

test('operators find them by type, and counted on their days', async () => {
  for (const type of ['QuestCompleted', 'RewardClaimed']) {
    const { data } = await stage.ask(
      'query ($type: String!) { allEvents(filter: { type: $type }) { nodes { user { id } } } }',
      { type },
      operator,
    );
    expect(data.allEvents.nodes).toEqual([{ user: { id: userId } }]);
  }
  const { data } = await stage.ask('{ activity(days: 2) { events signIns } }', {}, operator);
  const sum = (of: 'events' | 'signIns') =>
    data.activity.reduce((total: number, day: Record<typeof of, number>) => total + day[of], 0);
  expect([sum('events'), sum('signIns')]).toEqual([4, 2]);
});

test('who follows all events meets them', async () => {
  const seen: string[] = [];
  while (seen.length < 4) seen.push((await followed.next()).value!.type);
  expect(seen.sort()).toEqual(['QuestCompleted', 'RewardClaimed', 'UserSignIn', 'UserSignIn']);
});

test('the invariants hold', async () => {
  await until(async () => (await stage.count('outbox')) === 0, 'the outbox to be empty');
  for (const { name, statement } of invariants) expect([name, await stage.query(statement)]).toEqual([name, []]);
});
