import { type Connection, connect } from '../../../local/sql.ts';
import type { Data } from '../../../local/test/graph.ts';
import { until, untilEqual } from '../../../shared/testing/harness.ts';
import { completed, graphWithGuests } from '../../test/graph.ts';
import { type Visitor, ingest, locationAt, met, metersFrom, minutesAgo, share, visitor, was } from './visitors.ts';

const graph = graphWithGuests();
let database: Connection;
const places: Data[] = [];
beforeAll(async () => {
  database = await connect(graph.databases['venue']!);
  const operator = await graph.tokenOf('operator');
  for (const n of [1, 2, 3, 4, 5]) {
    const around = [
      [-10, -10],
      [-10, 10],
      [10, 10],
      [10, -10],
    ];
    const corners = around.map(([north, east]) => metersFrom(n * 30 + north!, east));
    const { data } = await graph.ask(
      'mutation ($input: PlaceInput!) { createPlace(input: $input) { id name } }',
      { input: { name: `Booth ${n}`, corners } },
      operator,
    );
    places.push(data.createPlace);
  }
});
afterAll(() => database.end());

const eventsOf = async (type: string, { token }: Visitor): Promise<Data[]> => {
  const { data } = await graph.ask('{ me { events(first: 50) { nodes { type data } } } }', {}, token);
  return data.me.events.nodes.filter((node: Data) => node.type === type).map((node: Data) => node.data);
};
const isSeen = async ({ id }: Visitor) =>
  (await database.query('select from unseen where user_id = $1', [id])).rows.length === 0;

test('who entered a place and stayed is told, by place and minutes', async () => {
  const who = await visitor(graph);
  // Five minutes in each, with two minutes to the next.
  const fixes = places.flatMap((_, n) =>
    [0, 2, 5].map((minute) => locationAt(minutesAgo(60 - n * 7 - minute), metersFrom((n + 1) * 30))),
  );
  const { data } = await ingest(graph, who, fixes);
  expect(data.ingestLocations).toEqual({ accepted: 15, refused: [] });
  const names = ['Booth 1', 'Booth 2', 'Booth 3', 'Booth 4', 'Booth 5'];
  await untilEqual(async () => (await eventsOf('StayedAt', who)).map(({ place }) => place).sort(), names, 'the ends');
  expect(await eventsOf('StayedAt', who)).toContainEqual({ placeId: places[0].id, place: 'Booth 1', minutes: 5 });
  expect((await eventsOf('EnteredPlace', who)).map(({ place }) => place).sort()).toEqual(names);
  const { encounters } = (await graph.ask('{ me { encounters { minutes } } }', {}, who.token)).data.me;
  expect(encounters).toEqual([]);
});

test('five booths complete their quest by events alone', async () => {
  const who = await visitor(graph);
  const now = Date.now();
  const fixes = places.map((_, n) => locationAt(new Date(now + n * 500), metersFrom((n + 1) * 30)));
  await ingest(graph, who, fixes.slice(0, 4));
  await untilEqual(async () => (await eventsOf('EnteredPlace', who)).length, 4, 'four of them');
  expect(await completed(graph, who.token)).not.toContain('five-booths');
  await ingest(graph, who, fixes.slice(4));
  await until(async () => (await completed(graph, who.token)).includes('five-booths'), 'five booths to count');
});

test('three people: each pair meets once a day, both are told, and the quest is completed', async () => {
  const [who, ...others] = await Promise.all(Array.from({ length: 4 }, () => visitor(graph)));
  const now = Date.now();
  await Promise.all(
    [who!, ...others].flatMap((one, n) => [
      was(graph, one, new Date(now), metersFrom(5000, n)),
      was(graph, one, new Date(now + 1000), metersFrom(5000, n)),
    ]),
  );
  await until(async () => (await completed(graph, who!.token)).includes('three-new-people'), 'three people to count');
  for (const one of [who!, ...others]) {
    await until(() => isSeen(one), 'everything to be looked at');
    await until(async () => (await eventsOf('Met', one)).length >= 3, 'the events to arrive');
    const met = await eventsOf('Met', one);
    expect(new Set(met.map(({ otherId, day }) => `${otherId} ${day}`)).size).toBe(met.length);
    expect(new Set(met.map(({ otherId }) => otherId)).size).toBe(3);
    for (const event of met) expect(Object.keys(event).sort()).toEqual(['day', 'otherId']);
  }
  const { rows } = await database.query('select from meeting where low = $1 or high = $1', [who!.id]);
  expect(rows.length).toBe((await eventsOf('Met', who!)).length);
});

test('nobody meets who does not share, be it that consent was taken back a moment ago', async () => {
  const [one, other] = [await visitor(graph), await visitor(graph)];
  await was(graph, other, minutesAgo(5), metersFrom(6000));
  await until(() => isSeen(other), 'it to be looked at');
  await share(graph, other, false);
  await was(graph, one, minutesAgo(5), metersFrom(6000));
  await until(() => isSeen(one), 'it to be looked at');
  expect((await database.query('select from meeting where $1 in (low, high)', [one.id])).rows).toEqual([]);
  expect(await met(graph, one)).toEqual([]);
});

test('an encounter says in which place it began', async () => {
  const [one, other] = [await visitor(graph), await visitor(graph)];
  for (const who of [one, other]) await was(graph, who, minutesAgo(200), metersFrom(31));
  const { data } = await graph.ask(
    '{ me { encounters { other { id } place { name } } } places { name } }',
    {},
    one.token,
  );
  expect(data.me.encounters).toEqual([{ other: { id: other.id }, place: { name: 'Booth 1' } }]);
  expect(data.places).toHaveLength(5);
});

test('what is older than it may be kept is removed when venue starts', async () => {
  const who = await visitor(graph);
  await was(graph, who, minutesAgo(1), metersFrom(7000));
  await until(() => isSeen(who), 'it to be looked at');
  const old = `date_trunc('day', now() - interval '31 days')`;
  await database.query(
    `insert into fix (user_id, device_event_id, captured_at, minute, cell, lat, lon, accuracy_m)
     select $1, n::text, ${old}, extract(epoch from ${old})::int / 60, 1, 1, 1, 1 from generate_series(1, 6000) n`,
    [who.id],
  );
  await database.query(
    `insert into visit (id, user_id, place_id, entered_at, last_at, is_told) values (gen_random_uuid(), $1, $2, ${old}, ${old}, true)`,
    [who.id, places[0].id],
  );
  await graph.restart();
  const kept = async () =>
    (
      await database.query<{ fixes: number; visits: number }>(
        `select (select count(*)::int from fix where user_id = $1) as fixes, (select count(*)::int from visit where user_id = $1) as visits`,
        [who.id],
      )
    ).rows[0];
  await untilEqual(kept, { fixes: 1, visits: 0 }, 'what is too old to be gone');
});
