import { randomUUID } from 'node:crypto';
import { localCarrier } from '../../../shared/delivery/carrierLocal.ts';
import { until } from '../../../shared/testing/harness.ts';
import { tokenFor } from '../../../shared/testing/tokens.ts';
import { findMissingMonths } from '../events/monthStore.ts';
import { invariants } from '../operations/invariants.ts';
import { keptOf } from '../operations/kept.ts';
import { type Kept, startMaintenance } from '../operations/maintenance.ts';
import { type Sender, defined, log, openSender, quiet, signIn, stageForTests } from './stage.ts';
import { questTerms } from './terms.ts';

const carrier = localCarrier();
const stage = stageForTests(carrier);
let [auth, catalog]: Sender[] = [];
beforeAll(async () => {
  [auth, catalog] = [await openSender('auth', carrier), await openSender('catalog', carrier)];
  await catalog.send(
    defined(questTerms({ streak: 1, duplication: 100, autoClaim: true, startsAt: '2020-01-01T00:00:00.000Z' })),
  );
  await quiet(catalog);
});
afterAll(() => Promise.all([auth!.stop(), catalog!.stop()]));

const day = 24 * 3_600_000;
const operator = tokenFor({ id: randomUUID(), roles: ['OPERATOR'] });
const signInAt = async (userId: string, ...instants: Date[]) => {
  await auth!.send(...instants.map((at) => signIn(userId, at)));
  await quiet(auth!);
};
/** One round at this time of the game. */
const maintain = async (kept: Kept, now = new Date()) => {
  let told = 0;
  const telling = Object.assign(Object.create(log) as typeof log, { info: () => void told++ });
  const { stop } = startMaintenance(stage.database, kept, () => now, telling);
  await until(() => told > 0, 'a round');
  await stop();
};
const partitionOf = async (at: Date): Promise<string> => {
  const [row] = await stage.query<{ name: string }>(
    'select tableoid::regclass::text as name from event where occurred_at = $1 limit 1',
    [at],
  );
  return row!.name;
};
const monthName = (at: Date) => `event_${at.toISOString().slice(0, 7).replace('-', '_')}`;
const history = async (userId: string) => {
  const query = `query ($id: ID!) { _entities(representations: [{ __typename: "User", id: $id }]) { ... on User {
    wallet { diamonds } completions(first: 1) { totalCount }
    events(first: 100) { historyBeginsAt nodes { type occurredAt } } } } }`;
  return (await stage.ask(query, { id: userId }, tokenFor({ id: userId, roles: ['PLAYER'] }))).data._entities[0];
};
/** As if every event of this user had come on the day on which it happened. */
const cameThen = (userId: string) =>
  stage.query(
    `with moved as (update event set recorded_at = occurred_at where user_id = $1 returning *)
     update inbox set received_on = (occurred_at at time zone 'UTC')::date from moved
     where inbox.user_id = $1 and moved.source = inbox.source and moved.id = event_id`,
    [userId],
  );
const expectOrder = async () => {
  // What is counted of events that are gone cannot be compared with them any more.
  const comparable = invariants.filter(({ name }) => !['I1 tallies', 'I1 completions', 'I1 windows'].includes(name));
  for (const { name, statement } of comparable) expect([name, await stage.query(statement)]).toEqual([name, []]);
};

test('events of up to thirty days ago and five minutes ahead find their month, with a round an hour', async () => {
  const now = new Date();
  const [early, late] = [new Date(now.getTime() - 30 * day), new Date(now.getTime() + 5 * 60_000)];
  await signInAt(randomUUID(), early, late);
  expect([await partitionOf(early), await partitionOf(late)]).toEqual([monthName(early), monthName(late)]);
});

test('a month is there before it begins, whenever that is', async () => {
  for (const now of ['2027-01-31T23:59:59.999Z', '2027-02-01T00:00:00.000Z', '2028-02-29T12:00:00.000Z']) {
    await maintain({ eventsDays: 0, inboxDays: 45 }, new Date(now));
    expect(await findMissingMonths(stage.database.fork(), new Date(now), 9)).toEqual([]);
    const ahead = new Date(Date.parse(now) + 5 * 60_000);
    await signInAt(randomUUID(), ahead);
    expect(await partitionOf(ahead)).toBe(monthName(ahead));
  }
});

test('an event that no month has a place for is kept apart, is listed, and is moved to its month', async () => {
  const [userId, at] = [randomUUID(), new Date('2024-03-31T23:59:59.999Z')];
  await signInAt(userId, at);
  expect(await partitionOf(at)).toBe('event_other');
  const before = await history(userId);
  await maintain({ eventsDays: 0, inboxDays: 45 });
  expect(await partitionOf(at)).toBe('event_2024_03');
  expect(await stage.count('event_other')).toBe(0);
  expect(await history(userId)).toEqual(before);
  expect(before.events.nodes).toHaveLength(2);
  await cameThen(userId);
  await expectOrder();
});

test('what was kept long enough goes by whole months; what it was worth stays, and the history says where it begins', async () => {
  const [userId, now] = [randomUUID(), new Date()];
  const edge = new Date(now.getTime() - 400 * day);
  edge.setUTCDate(1);
  edge.setUTCHours(0, 0, 0, 0);
  const [gone, kept] = [new Date(edge.getTime() - 1), edge];
  await signInAt(userId, gone, kept);
  await maintain({ eventsDays: 0, inboxDays: 45 });
  expect((await history(userId)).events).toMatchObject({ historyBeginsAt: null, nodes: { length: 4 } });
  const days = () => stage.query('select day::text, sum(events) as events from activity group by 1 order by 1');
  const counted = await days();

  await cameThen(userId);
  await maintain({ eventsDays: 400, inboxDays: 1000 });
  const after = await history(userId);
  expect(after.events.historyBeginsAt).toBe(edge.toISOString());
  expect(new Set(after.events.nodes.map((one: { occurredAt: string }) => one.occurredAt))).toEqual(
    new Set([kept.toISOString()]),
  );
  expect(after).toMatchObject({ wallet: { diamonds: 20 }, completions: { totalCount: 2 } });
  expect(await days()).toEqual(counted);
  expect(await stage.count('event_month where ends_at <= $1', [edge])).toBe(0);
  await expectOrder();

  // One that comes late all the same counts, and goes with the next round.
  await signInAt(userId, gone);
  await cameThen(userId);
  await maintain({ eventsDays: 400, inboxDays: 1000 });
  const { wallet, events } = await history(userId);
  expect(wallet.diamonds).toBe(30);
  expect(events.nodes.every((one: { occurredAt: string }) => one.occurredAt === kept.toISOString())).toBe(true);
  await expectOrder();
});

test('entries of the inbox go by the day on which they came, however many; an event that comes again within has no effect', async () => {
  const userId = randomUUID();
  const event = signIn(userId, new Date());
  await auth!.send(event);
  await quiet(auth!);
  await stage.query(`update inbox set received_on = current_date - 45 where user_id = $1`, [userId]);
  await stage.query(
    `insert into inbox (user_id, source, event_id, received_on) select $1, 'old', n::text, current_date - 46 from generate_series(1, 12000) n`,
    [userId],
  );
  await maintain({ eventsDays: 0, inboxDays: 45 });
  expect(await stage.count('inbox where user_id = $1', [userId])).toBe(1);
  await auth!.send(event);
  await quiet(auth!);
  expect((await history(userId)).wallet.diamonds).toBe(10);
  await expectOrder();
});

test('several processes that maintain at once, beside events that come, are in nobody’s way', async () => {
  const userId = randomUUID();
  const now = new Date('2031-05-05T05:05:05.005Z');
  const rounds = Array.from({ length: 3 }, () => maintain({ eventsDays: 0, inboxDays: 45 }, now));
  for (let n = 0; n < 20; n++) await signInAt(userId, new Date(now.getTime() + n));
  await Promise.all(rounds);
  await maintain({ eventsDays: 0, inboxDays: 45 }, now);
  expect(await partitionOf(now)).toBe('event_2031_05');
  expect((await history(userId)).wallet.diamonds).toBe(200);
  const { data } = await stage.ask('{ deadLetterCount allEvents(first: 1) { historyBeginsAt } }', {}, operator);
  expect(data).toMatchObject({ deadLetterCount: 0, allEvents: { historyBeginsAt: expect.any(String) } });
  await expectOrder();
});

test.each([
  [{}, { eventsDays: 400, inboxDays: 45 }],
  [
    { EVENTS_KEPT_DAYS: '0', INBOX_KEPT_DAYS: '31' },
    { eventsDays: 0, inboxDays: 31 },
  ],
  [{ EVENTS_KEPT_DAYS: '31' }, { eventsDays: 31, inboxDays: 45 }],
])('%j is kept as %j', (environment, kept) => expect(keptOf(environment)).toEqual(kept));

test.each([
  [{ EVENTS_KEPT_DAYS: '30' }, /EVENTS_KEPT_DAYS/],
  [{ EVENTS_KEPT_DAYS: '-1' }, /EVENTS_KEPT_DAYS/],
  [{ EVENTS_KEPT_DAYS: '400.5' }, /EVENTS_KEPT_DAYS/],
  [{ EVENTS_KEPT_DAYS: 'for ever' }, /EVENTS_KEPT_DAYS/],
  [{ EVENTS_KEPT_DAYS: '' }, /EVENTS_KEPT_DAYS/],
  [{ INBOX_KEPT_DAYS: '30' }, /INBOX_KEPT_DAYS/],
  [{ INBOX_KEPT_DAYS: '0' }, /INBOX_KEPT_DAYS/],
])('%j is a reason not to start', (environment, name) => expect(() => keptOf(environment)).toThrow(name));
