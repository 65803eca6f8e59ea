import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { until } from '../../shared/testing/harness.ts';
import { graphForTests } from './graph.ts';

/** The quests of examples/quests, played for nine days by one player. */

const graph = graphForTests();
const folder = new URL('../../examples/quests/', import.meta.url);
const name = 'ada-plays';
const password = 'correct horse battery';

/** Where it is about noon, so that no day ends while these are played. */
const ahead = 12 - new Date().getUTCHours();
const timeZone = `Etc/GMT${ahead < 0 ? '+' : '-'}${Math.abs(ahead)}`;

const token = () => graph.tokenOf(name, password);
const done = async (query: string, variables: object, of: string) => {
  const { data, errors } = await graph.ask(query, variables, of);
  expect(errors).toBeUndefined();
  return data;
};
const advance = async () => {
  const authorization = `Bearer ${await graph.tokenOf('operator')}`;
  const response = await fetch(new URL('/demo/clock', graph.url()), { method: 'POST', headers: { authorization } });
  expect(response.status).toBe(200);
};
const now = async () => {
  const authorization = `Bearer ${await graph.tokenOf('operator')}`;
  const response = await fetch(new URL('/demo/clock', graph.url()), { headers: { authorization } });
  return ((await response.json()) as { now: string }).now;
};
let userId: string;
/** What the game reports, in this order. */
const report = async (...events: [type: string, data?: object][]) => {
  const occurredAt = await now();
  const sent = events.map(([type, data = {}]) => ({ id: randomUUID(), userId, type, occurredAt, data }));
  await done(
    'mutation ($events: [EventInput!]!) { recordEvents(events: $events) { id } }',
    { events: sent },
    await graph.tokenOf('service'),
  );
};

interface Completion {
  number: number;
  quest: { name: string };
  rewards: { item: string; quantity: number }[];
}
/** What the player has completed so far, in its order, by quest: what each time paid. */
async function paid(): Promise<Record<string, string[]>> {
  const query = `query ($after: String) { me { completions(first: 50, after: $after) {
    nodes { number quest { name } rewards { item quantity } } pageInfo { hasNextPage endCursor } } } }`;
  const found: Completion[] = [];
  const player = await token();
  for (let after: string | null = null; ;) {
    const { me } = await done(query, { after }, player);
    found.push(...(me.completions.nodes as Completion[]));
    if (!me.completions.pageInfo.hasNextPage) break;
    after = me.completions.pageInfo.endCursor as string;
  }
  const inOrder = found.sort((one, other) => one.number - other.number);
  const inWords = ({ rewards }: Completion) => rewards.map(({ item, quantity }) => `${quantity} ${item}`).join(' ');
  return Object.fromEntries(
    [...Map.groupBy(inOrder, ({ quest }) => quest.name)].map(([quest, all]) => [quest, all.map(inWords)]),
  );
}

const maps = ['lava', 'ice', 'sand', 'moss', 'sky'];
const win = (map: string, more: object = {}): [string, object] => [
  'MatchWon',
  { mode: 'casual', map, hero: map, damage: 1000, healing: 10, score: 500, seconds: 300, ...more },
];

beforeAll(async () => {
  const operator = await graph.tokenOf('operator');
  for (const file of readdirSync(folder))
    await done(
      'mutation ($yaml: String!) { importQuests(yaml: $yaml) { name } }',
      { yaml: readFileSync(new URL(file, folder), 'utf8') },
      operator,
    );
  const { signUp } = await done(
    'mutation ($input: SignUpInput!) { signUp(input: $input) { user { id } } }',
    { input: { name, password, timeZone } },
    operator,
  );
  userId = signUp.user.id;
  await until(async () => {
    const { me } = await done('{ me { quests { quest { name } } } }', {}, await token());
    return me.quests.some(({ quest }: Completion) => quest.name === 'feed-the-forge');
  }, 'progress to know the quests');
});

test('nine days of play pay what the files say, and nothing else', async () => {
  for (let day = 1; day <= 9; day++) {
    if (day > 1) await advance();
    await token();
    await until(async () => (await paid())['seven-day-calendar']?.length === day, `the gift of day ${day}`);
    if (day <= 5)
      await report(win(maps[day - 1]!, { party: { size: 2 } }), win('lava', { mode: 'ranked' }), win('ice'));
    if (day === 1) {
      await report(['BossKilled', { boss: 'dragon', difficulty: { level: 5 } }], ['BossKilled', { boss: 'troll' }]);
      await report(
        ['BossKilled', { boss: 'troll' }],
        ['BossKilled', { boss: 'witch' }],
        ['WinStreakReached', { length: 5 }],
      );
      const load: [string, object?][] = [['OreMined', { kind: 'iron', pieces: 15 }], ['CoalFound'], ['CoalFound']];
      await report(...load, ['OreMined', { kind: 'gold', pieces: 50 }], ['OreMined', { kind: 'silver', pieces: 5 }]);
      await until(async () => (await paid())['weekly-win-a-row'], 'the row of wins');
      expect((await paid())['feed-the-forge']).toBeUndefined();
      await report(['CoalFound']);
      await until(async () => (await paid())['feed-the-forge'], 'the first load of the forge');
      // The smith rests.
      await report(...load, ['CoalFound'], ['OreMined', { kind: 'iron', pieces: 20 }]);
    }
    if (day === 6) await report(['BossKilled', { boss: 'dragon', difficulty: { level: 4 } }]);
    if (day === 7) await report(['BossKilled', { boss: 'dragon', difficulty: { level: 7 } }]);
  }
  const all = await until(async () => {
    const completed = await paid();
    return completed['dragon-slayer'] && completed['completionist'] && completed;
  }, 'the last of the achievements');

  expect(all['seven-day-calendar']).toEqual([
    ...['10 GOLD', '20 GOLD', '1 POTION', '40 GOLD', '2 POTION', '80 GOLD', '7 DIAMOND'],
    ...['10 GOLD', '20 GOLD'],
  ]);
  expect(all['streak-ladder']).toEqual(['30 GOLD', '60 GOLD', '90 GOLD 5 DIAMOND']);
  expect(all['feed-the-forge']).toEqual(['1 STEEL']);
  expect(all['daily-play-three-matches']).toEqual(Array(5).fill('50 GOLD'));
  expect(all['daily-win-with-friends']).toBeUndefined();
  expect(all['daily-win-ranked']).toEqual(Array(5).fill('100 GOLD'));
  expect(all['daily-score-high']).toBeUndefined();
  expect(all['weekly-boss-week']).toEqual(['1000 GOLD']);
  expect(all['weekly-win-a-row']).toEqual(['800 GOLD']);
  expect(all['first-blood']).toEqual(['10 GOLD']);
  expect(all['veteran-bronze']).toEqual(['100 GOLD']);
  expect(all['veteran-silver']).toBeUndefined();
  expect(all['explorer']).toEqual(['1 COMPASS']);
  expect(all['dragon-slayer']).toEqual(['1 DRAGON_SCALE']);
  expect(all['completionist']).toEqual(['100 DIAMOND']);
});
