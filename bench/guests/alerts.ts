import { connect } from '../../local/sql.ts';
import { cursorOf } from '../../shared/subgraph/paging.ts';
import { quantile } from '../system.ts';
import { type Listeners, startListeners } from './listeners.ts';

const perProcess = 5000;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const createPost =
  'mutation ($category: String!) { createPost(input: { category: $category, title: "Ice", body: "Slowly." }) { id } }';

interface Load {
  /** Each listens by a socket. */
  users: readonly string[];
  tokenOf(userId: string): string;
  asker(userId: string): (query: string, variables?: object) => Promise<void>;
  posts: number;
  /** Whose timelines the fan-out is measured by. */
  readers: number;
  databaseUrl: string;
  /** Of the graph. */
  url: string;
}

/** Posts to everybody who listens, then to more readers than that; frames that did not come, and readers who were left out, are lost. */
export async function measureAlerts({ users, tokenOf, asker, posts, readers, databaseUrl, url }: Load) {
  const database = await connect(databaseUrl);
  const listeners: Listeners[] = [];
  try {
    await database.query(`insert into category values ('live', '{}'), ('crowd', '{}')`);
    await database.query(`insert into interest select 'live', u, '{}' from unnest($1::uuid[]) u`, [users]);
    await database.query(
      `insert into interest select 'crowd', ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, '{}' from generate_series(1, $1::int) n`,
      [readers],
    );
    await database.query('analyze');
    const players = users.map((id) => ({ token: tokenOf(id), after: cursorOf(`alerts-${id}`, '0') }));
    for (let from = 0; from < players.length; from += perProcess)
      listeners.push(await startListeners(url, players.slice(from, from + perProcess), listeners.length));
    await sleep(3000);
    console.log(`alerts   ${users.length} listeners`);
    const post = async (n: number) => {
      await asker(users[n % users.length]!)(createPost, { category: 'live' });
      return hearAll(listeners, users.length);
    };
    await post(0); // runs every program's paths, and is not counted
    const latencies: number[] = [];
    for (let n = 1; n <= posts; n++) latencies.push(...(await post(n)));
    latencies.sort((a, b) => a - b);
    const at = (share: number) => quantile(latencies, share);
    console.log(`alerts   post to frame p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, at most ${latencies.at(-1)} ms`);
    const lostFrames = posts * users.length - latencies.length;

    const began = performance.now();
    await asker(users[posts + 1]!)(createPost, { category: 'crowd' });
    while ((await database.query('select from fanout')).rows.length > 0) await sleep(20);
    const seconds = (performance.now() - began) / 1000;
    const { rows } = await database.query<{ n: number }>(
      `select count(*)::int as n from timeline join post on post.id = post_id where category = 'crowd'`,
    );
    console.log(`alerts   fan-out to ${rows[0]!.n} timelines in ${seconds.toFixed(2)} s`);
    const lost = lostFrames + readers - rows[0]!.n;
    return { lost, alertP99Ms: at(0.99), fanoutPerSecond: Math.round(rows[0]!.n / seconds) };
  } finally {
    for (const each of listeners) each.stop();
    await database.end();
  }
}

/** How long each frame of a post took, once all have come; what has not after half a minute is lost. */
async function hearAll(listeners: readonly Listeners[], count: number): Promise<number[]> {
  const heard: number[] = [];
  for (const until = performance.now() + 30_000; heard.length < count && performance.now() < until;) {
    await sleep(200);
    heard.push(...(await Promise.all(listeners.map((each) => each.report()))).flat());
  }
  return heard;
}
