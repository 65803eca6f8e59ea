/**
 * npm run bench:console [-- --events 1000000] [--players 100000] [--times 100]
 *
 * What the operator's console asks, in its own words, of a system with a long history: each part a process of its own, PostgreSQL with fsync.
 * One question at a time, with another player, hour or page each time. The first answer is told apart, since nothing is planned or cached for
 * it; the first half only warms up.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse, print, separateOperations } from 'graphql';
import { authMigrations } from '../../subgraphs/auth/migrations/all.ts';
import { progressMigrations } from '../../subgraphs/progress/migrations/all.ts';
import { rows } from '../../shared/database/database.ts';
import { openClient } from '../client.ts';
import { makeUsers, open } from '../events/load.ts';
import { openSystem, quantile } from '../system.ts';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    players: { type: 'string', default: '100000' },
    times: { type: 'string', default: '100' },
  },
});
const [events, players, times] = [Number(values.events), Number(values.players), Number(values.times)];
/** Of the events, one in ten is of one player, who never purchased anything. */
const ofTheBusiest = Math.floor(events / 10);
const types = ['UserSignIn', 'MatchWon', 'LevelFinished', 'Purchase'];
const days = 60;

const documents = separateOperations(
  parse(
    ['operations', 'events/events', 'overview/overview']
      .map((name) => readFileSync(join(import.meta.dirname, `../../client/operator/${name}.graphql`), 'utf8'))
      .join('\n'),
  ),
);

const system = await openSystem();
const client = openClient(system.url, 1);
const figures: Record<string, { firstMs: number; p50Ms: number; p95Ms: number }> = {};
try {
  const [busiest, ...others] = (await load()) as [string, ...string[]];
  const { body } = await client.ask(
    'mutation { signIn(input: { name: "operator", password: "password" }) { accessToken } }',
  );
  const { accessToken } = body.data!['signIn'] as { accessToken: string };
  const ask = async (name: string, variables: object): Promise<Data> => {
    const { body } = await client.ask(print(documents[name]!), variables, accessToken);
    if (body.errors) throw new Error(`${name}: ${JSON.stringify(body.errors)}`);
    return body.data as Data;
  };
  const player = (n: number) => others[(n * 7919) % others.length]!;
  const at = (n: number) => new Date(Date.now() - ((n * 7) % (days * 24)) * 3_600_000).toISOString();
  const eventsBy = (filter: (n: number) => object) => (n: number) => ask('Events', { filter: filter(n) });
  const playersBy = (search: (n: number) => string) => (n: number) => ask('Players', { search: search(n) });
  let after: string | null = null;

  const questions: Record<string, (n: number) => Promise<Data>> = {
    'events, page after page': async () => {
      const data = await ask('Events', { after });
      after = data['allEvents']!.pageInfo!.endCursor;
      return data;
    },
    'events of a type': eventsBy((n) => ({ type: types[n % types.length] })),
    'events of a player': eventsBy((n) => ({ userId: player(n) })),
    'events of an hour': eventsBy((n) => ({ from: at(n + 1), to: at(n) })),
    'events of a type and a player in a time': eventsBy((n) => ({
      type: types[n % 4],
      userId: player(n),
      from: at(n),
    })),
    [`events of a player with ${ofTheBusiest}`]: eventsBy(() => ({ userId: busiest })),
    'of a type that this player never had': eventsBy(() => ({ userId: busiest, type: 'Purchase' })),
    players: playersBy(() => ''),
    'players by the beginning of a name': playersBy((n) => `guest-${player(n).slice(0, 2)}`),
    'players by id': playersBy(player),
    "a player's page": (n) => ask('Player', { id: player(n) }),
    "a player's events": (n) => ask('PlayerEvents', { id: player(n) }),
    activity: () => ask('Activity', {}),
  };
  console.log(''.padEnd(40), ...['first ms', 'p50 ms', 'p95 ms'].map((head) => head.padStart(8)));
  for (const [words, question] of Object.entries(questions)) {
    const took: number[] = [];
    for (let n = 0; n < 2 * times; n++) {
      const began = performance.now();
      await question(n);
      took.push(Math.round((performance.now() - began) * 10) / 10);
    }
    const firstMs = took[0]!;
    const sorted = took.slice(times).sort((a, b) => a - b);
    const [p50Ms, p95Ms] = [quantile(sorted, 0.5), quantile(sorted, 0.95)];
    console.log(words.padEnd(40), ...[firstMs, p50Ms, p95Ms].map((ms) => ms.toFixed(1).padStart(8)));
    figures[words] = { firstMs, p50Ms, p95Ms };
  }
} finally {
  await client.close();
  await system.stop();
}
// The last line, once everything has stopped.
console.log(JSON.stringify(figures));

type Data = Record<string, { pageInfo?: { endCursor: string } }>;

/** Players, and what they did in the last days; resolves to their ids, the busiest player's first. */
async function load(): Promise<string[]> {
  const auth = await open(system.databases.auth, authMigrations);
  const progress = await open(system.databases.progress, progressMigrations);
  const userIds = await makeUsers(auth, players);
  await rows(progress.fork(), 'insert into player (user_id) select * from unnest($1::uuid[])', [userIds]);
  await rows(
    progress.fork(),
    `insert into event (source, id, user_id, type, occurred_at, data)
     select 'history', n::text, ($1::uuid[])[case when n <= $2 then 1 else 2 + n % (cardinality($1::uuid[]) - 1) end],
       ($3::text[])[1 + n % case when n <= $2 then 3 else 4 end], now() - random() * $4 * interval '1 day', 'null'
     from generate_series(1, $5::int) n`,
    [userIds, ofTheBusiest, types, days, events],
  );
  for (const database of [auth, progress]) {
    await rows(database.fork(), 'vacuum analyze');
    await database.close();
  }
  return userIds;
}
