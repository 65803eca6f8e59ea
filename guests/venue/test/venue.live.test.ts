import { type Connection, connect } from '../../../local/sql.ts';
import { until } from '../../../shared/testing/harness.ts';
import { graphWithGuests, newcomer } from '../../test/graph.ts';
import { booth, encounters, ingest, locationAt, met, metersFrom, minutesAgo, share, visitor, was } from './visitors.ts';

const graph = graphWithGuests();
let database: Connection;
beforeAll(async () => {
  database = await connect(graph.databases['venue']!);
});
afterAll(() => database.end());

const kept = async (userId: string) =>
  (
    await database.query<{ n: number }>(
      `select (select count(*) from fix where user_id = $1)::int + (select count(*) from unseen where user_id = $1)::int
         + (select count(*) from visit where user_id = $1)::int + (select count(*) from meeting where $1 in (low, high))::int as n`,
      [userId],
    )
  ).rows[0]!.n;

describe('encounters', () => {
  test('who was within five metres and a minute is met, by both; who was farther, earlier or later is not', async () => {
    const [me, near, far, earlier, nextDay] = await Promise.all(Array.from({ length: 5 }, () => visitor(graph)));
    const spot = metersFrom(1000);
    await was(graph, me!, minutesAgo(30), spot);
    await was(graph, me!, minutesAgo(20), spot);
    await was(graph, near!, new Date(minutesAgo(30).getTime() + 59_000), metersFrom(1004));
    await was(graph, near!, new Date(minutesAgo(20).getTime() - 59_000), metersFrom(1000, -4));
    await was(graph, far!, minutesAgo(30), metersFrom(994));
    await was(graph, earlier!, minutesAgo(32), spot);
    await was(graph, nextDay!, minutesAgo(30 + 23 * 60), spot);
    const { data } = await encounters(graph, me!);
    expect(data.me.encounters).toEqual([
      {
        ...{ other: { id: near!.id, name: near!.name }, minutes: 2, place: null },
        firstAt: expect.any(String),
        lastAt: expect.any(String),
      },
    ]);
    const [{ firstAt, lastAt }] = data.me.encounters;
    expect(Date.parse(lastAt) - Date.parse(firstAt)).toBeGreaterThan(9 * 60_000);
    expect(await met(graph, near!)).toEqual([me!.name]);
    expect(await met(graph, me!, { meters: 10 })).toEqual([near!.name, far!.name]);
    expect(await met(graph, me!, { withinSeconds: 180 })).toEqual([near!.name, earlier!.name]);
    expect(await met(graph, me!, { from: minutesAgo(25), first: 1 })).toEqual([near!.name]);
    expect(await met(graph, me!, { from: minutesAgo(15) })).toEqual([]);
  });

  test.each([
    ['a week and a moment', { from: minutesAgo(7 * 24 * 60 + 1) }],
    ['from the later to the earlier', { from: minutesAgo(1), to: minutesAgo(2) }],
    ['no distance', { meters: 0 }],
    ['a distance of 101 metres', { meters: 101 }],
    ['a time of six minutes', { withinSeconds: 360 }],
    ['none', { first: 0 }],
    ['101', { first: 101 }],
  ])('%s is refused', async (_, asked) => {
    const { errors } = await encounters(graph, await visitor(graph), asked);
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });
});

describe('consent', () => {
  test('is off until it is given, and nothing is taken without', async () => {
    const shy = await visitor(graph, false);
    const { data } = await graph.ask('{ me { sharesLocation } }', {}, shy.token);
    expect(data.me.sharesLocation).toBe(false);
    const answer = await ingest(graph, shy, [locationAt(minutesAgo(1), booth)]);
    expect(answer.data.ingestLocations).toMatchObject({ accepted: 0, refused: [{ index: 0, reason: 'NO_CONSENT' }] });
    expect(await kept(shy.id)).toBe(0);
  });

  test('when one of two takes it back, neither has an encounter, and nothing of that one is left', async () => {
    const [one, other] = [await visitor(graph), await visitor(graph)];
    for (const who of [one, other]) await was(graph, who, minutesAgo(10), metersFrom(2000));
    expect(await met(graph, one)).toEqual([other.name]);
    expect((await share(graph, other, false)).data.shareLocation.sharesLocation).toBe(false);
    expect(await met(graph, one)).toEqual([]);
    expect(await met(graph, other)).toEqual([]);
    expect(await kept(other.id)).toBe(0);
    await share(graph, other, true);
    expect(await met(graph, one)).toEqual([]);
  });

  test('what is stored of who does not share is not shown, whatever was left behind', async () => {
    const [one, other] = [await visitor(graph), await visitor(graph)];
    for (const who of [one, other]) await was(graph, who, minutesAgo(10), metersFrom(2500));
    await database.query('update person set shares = false where user_id = $1', [other.id]);
    expect(await met(graph, one)).toEqual([]);
    expect(await met(graph, other)).toEqual([]);
  });

  test('batches that come while it is taken back leave nothing', async () => {
    const who = await visitor(graph);
    const batches = Array.from({ length: 20 }, (_, n) =>
      ingest(graph, who, [locationAt(minutesAgo(20 - n / 2), metersFrom(2600))]),
    );
    await Promise.all([...batches, share(graph, who, false)]);
    expect(await kept(who.id)).toBe(0);
  });
});

describe('nobody else learns where somebody was', () => {
  test('operators and other players are refused, and no answer that operators get has a coordinate', async () => {
    const [who, other] = [await visitor(graph), await visitor(graph)];
    const spot = { lat: 52.123_456_7, lon: 13.765_432_1 };
    for (const one of [who, other]) await was(graph, one, minutesAgo(5), spot);
    expect(await met(graph, who)).toEqual([other.name]);
    const operator = await graph.tokenOf('operator');
    const id = { id: who.id };
    const user = await graph.ask(
      'query ($id: ID!) { user(id: $id) { name encounters { minutes } sharesLocation } }',
      id,
      operator,
    );
    expect(user.data.user).toEqual({ name: who.name, encounters: null, sharesLocation: null });
    expect(user.errors!.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN', 'FORBIDDEN']);
    for (const token of [operator, other.token]) {
      const { errors } = await graph.ask('query ($id: ID!) { person(id: $id) { encounters { minutes } } }', id, token);
      expect(errors![0]!.extensions.code).toBe('FORBIDDEN');
    }
    const lists = await graph.ask(
      `{ allEvents(first: 50) { nodes { type data } } auditLog(first: 50) { nodes { action targetId reason } } venueHealth { outboxEvents } places { name } }`,
      {},
      operator,
    );
    expect(lists.errors).toBeUndefined();
    const all = JSON.stringify([user, lists]);
    expect(all).not.toMatch(/52\.123|13\.765/);
  });

  test('who is deleted leaves nothing, and is met by nobody', async () => {
    const [leaver, other] = [await newcomer(graph), await visitor(graph)];
    await share(graph, leaver, true);
    for (const who of [leaver, other]) await was(graph, who, minutesAgo(5), metersFrom(3000));
    expect(await met(graph, other)).toEqual([leaver.name]);
    await graph.ask(
      'mutation ($password: String) { deleteAccount(password: $password) }',
      { password: leaver.password },
      leaver.token,
    );
    await until(async () => (await kept(leaver.id)) === 0, 'the leaver to be forgotten');
    expect((await database.query('select from person where user_id = $1', [leaver.id])).rows).toEqual([]);
    expect(await met(graph, other)).toEqual([]);
  });
});
