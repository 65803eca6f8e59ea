import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { invariants } from '../../subgraphs/progress/operations/invariants.ts';
import { ask } from './client.ts';
import type { Player } from './load.ts';
import { expectedOf } from './oracle.ts';
import type { System } from './system.ts';
import { type Watcher, popupsBefore } from './watcher.ts';

const counted = async (system: System, database: 'auth' | 'catalog' | 'progress', from: string): Promise<number> =>
  (await system.query<{ n: number }>(database, `select count(*)::int as n from ${from}`))[0]!.n;

/** Waits until nothing is on its way: every outbox is empty and no dead letter will be tried again by itself. */
export async function quiet(system: System, ms = 30_000): Promise<string[]> {
  const deadline = performance.now() + ms;
  for (;;) {
    const waiting = {
      auth: await counted(system, 'auth', 'outbox'),
      catalog: await counted(system, 'catalog', 'outbox'),
      progress: await counted(system, 'progress', 'outbox'),
      retries:
        (await counted(system, 'progress', 'dead_letter where next_try_at is not null')) +
        (await counted(system, 'auth', 'dead_letter where next_try_at is not null')),
    };
    if (Object.values(waiting).every((n) => n === 0)) return [];
    if (performance.now() > deadline) return [`I8 after ${ms / 1000} s still on its way: ${JSON.stringify(waiting)}`];
    await sleep(50);
  }
}

/** I8: what is genuine was applied; whoever puts poison on the stream takes it away again. */
export async function deadLetterFaults(system: System): Promise<string[]> {
  const faults: string[] = [];
  for (const subgraph of ['auth', 'progress'] as const) {
    const found = await system.query<{ error: string }>(subgraph, 'select error from dead_letter');
    if (found.length > 0) faults.push(`I8 ${subgraph} has set ${found.length} events aside: ${found[0]!.error}`);
  }
  return faults;
}

/** I13: what an operator gave each player in progress is on auth's record, as often. */
export async function auditFaults(system: System): Promise<string[]> {
  const given = await system.query(
    'progress',
    'select user_id::text as player, count(*) as n from reward_grant group by 1 order by 1',
  );
  const kept = await system.query(
    'auth',
    `select target_id as player, count(*) as n from audit where action = 'GRANT_REWARD' and outcome = 'DONE' group by 1 order by 1`,
  );
  return isDeepStrictEqual(given, kept)
    ? []
    : [`I13 gifts and the audit log differ: ${given.length} and ${kept.length} players`];
}

/** I1 to I6 and I8, as `npm run reconcile` asks them. */
export async function progressFaults(system: System): Promise<string[]> {
  const faults: string[] = [];
  for (const { name, sentence, statement } of invariants) {
    const found = await system.query('progress', `select * from (${statement}) contradictions limit 3`);
    if (found.length > 0) faults.push(`${name} ${sentence} ${JSON.stringify(found)}`);
  }
  return faults;
}

/** I0, I7, I9, I10: what two subgraphs must agree about, and what the driver was told. */
export async function senderFaults(system: System, players: Player[]): Promise<string[]> {
  const sent = await system.query<{ id: string; key: string | null }>(
    'auth',
    'select event_id as id, idempotency_key as key from sign_in',
  );
  const received = await system.query<{ id: string }>(
    'progress',
    `select id from event where source = 'auth' and type in ('NewUserSignIn', 'UserSignIn')`,
  );
  const [sentIds, receivedIds] = [new Set(sent.map(({ id }) => id)), new Set(received.map(({ id }) => id))];
  const keys = new Map<string, number>();
  for (const { key } of sent) if (key) keys.set(key, (keys.get(key) ?? 0) + 1);
  const acknowledged = players.flatMap((player) => player.acknowledged);
  const families = await system.query(
    'auth',
    'select session_id from refresh_token where used_at is null group by session_id having count(*) > 1',
  );
  const lists: [string, string[]][] = [
    ['I0 acknowledged and not stored', acknowledged.filter((key) => !keys.has(key))],
    ['I0 stored more than once', [...keys].filter(([, times]) => times > 1).map(([key]) => key)],
    ['I7 signed in and not arrived', [...sentIds].filter((id) => !receivedIds.has(id))],
    ['I9 arrived and never sent', [...receivedIds].filter((id) => !sentIds.has(id))],
    ['I10 families with two live tokens', families.map((row) => JSON.stringify(row))],
  ];
  return lists.filter(([, found]) => found.length > 0).map(([what, found]) => `${what}: ${found.length}, ${found[0]}`);
}

const standing = `{ me { wallet { gold diamonds } quests { completions quest { name } } events(first: 100) { nodes { type } pageInfo { hasNextPage } } } }`;
interface Standing {
  me: {
    wallet: { gold: number; diamonds: number };
    quests: { completions: number; quest: { name: string } }[];
    events: { nodes: { type: string }[]; pageInfo: { hasNextPage: boolean } };
  };
}

/** Events of auth in a history that is told as a whole; undefined where there are more events than one page holds. */
const signInsIn = ({ events }: Standing['me']): number | undefined =>
  events.pageInfo.hasNextPage ? undefined : events.nodes.filter(({ type }) => type.endsWith('UserSignIn')).length;

/** I12: after everything is claimed, the API answers what the oracle expects, within two seconds of quiet. */
export async function apiFaults(system: System, players: Player[]): Promise<string[]> {
  const faults = await Promise.all(
    players.map(async (player) => {
      const token = player.session!.accessToken;
      const expected = expectedOf(player);
      const deadline = performance.now() + 2000;
      for (;;) {
        const seen = await ask<unknown>(system.graphUrl, 'mutation { claimAllRewards { id } }', {}, { token })
          .then(() => ask<Standing>(system.graphUrl, standing, {}, { token }))
          .then(({ me }) => ({
            signIns: signInsIn(me) ?? expected.signIns,
            completions: Object.fromEntries(me.quests.map(({ quest, completions }) => [quest.name, completions])),
            ...me.wallet,
          }))
          .catch(String);
        if (isDeepStrictEqual(seen, expected)) return [];
        if (performance.now() > deadline)
          return [`I12 the API says ${JSON.stringify(seen)} and the oracle ${JSON.stringify(expected)}`];
        await sleep(50);
      }
    }),
  );
  return faults.flat();
}

/** The oracle against the tables, for every player of the run. */
export async function oracleFaults(system: System, players: Player[]): Promise<string[]> {
  const found = await system.query<{ user_id: string; signs: number; n: number }>(
    'progress',
    `select user_id, (select count(*)::int from event e where e.user_id = player.user_id and type in ('NewUserSignIn', 'UserSignIn')) as signs,
       (select count(*)::int from completion c where c.user_id = player.user_id) as n from player`,
  );
  const byId = new Map(found.map((row) => [row.user_id, row]));
  return players.flatMap((player) => {
    if (!player.session) return [];
    const expected = expectedOf(player);
    const due = Object.values(expected.completions).reduce((sum, n) => sum + n, 0);
    const row = byId.get(player.session.user.id);
    return row?.signs === expected.signIns && row.n === due
      ? []
      : [
          `the oracle expects ${expected.signIns} sign-ins and ${due} completions, and there are ${row?.signs} and ${row?.n}`,
        ];
  });
}

/** I11: what a player's sockets received covers the player's popups since they were opened, and nothing of anyone else. Waits until the last one has come. */
export async function popupFaults(system: System, watchers: Watcher[]): Promise<string[]> {
  const deadline = performance.now() + 6000;
  for (;;) {
    const faults: string[] = [];
    for (const { player, frames } of watchers) {
      const own = player.session!.user.id;
      const popups = await system.query<{ id: string }>(
        'progress',
        'select completion_id as id from popup where user_id = $1 and seq > $2',
        [own, popupsBefore],
      );
      const seen = new Set(frames.map(({ completion }) => completion));
      const missed = popups.filter(({ id }) => !seen.has(id)).length;
      if (missed > 0) faults.push(`I11 a socket missed ${missed} of ${popups.length} popups`);
      if (frames.some(({ user }) => user !== own)) faults.push('I11 a socket received the popup of another player');
      if (frames.some(({ isWhole }) => !isWhole)) faults.push('I11 a socket received a popup that was not whole');
    }
    if (faults.length === 0 || performance.now() > deadline) return faults;
    await sleep(50);
  }
}
