import { randomUUID } from 'node:crypto';
import { type Database, type MigrationStep, openDatabase, rows } from '../../shared/database/database.ts';
import { type EventEnvelope, event } from '../../shared/events.ts';
import { type QuestTerms, type ToldTerms, termsOf } from '../../shared/questTerms.rules.ts';
import { timeOrderedId } from '../../shared/ids.ts';
import { openLog } from '../../shared/process/log.ts';
import { OutboxRow, send } from '../../shared/delivery/outbox.ts';

const log = openLog('bench', 'silent');

/** The driver's own connections to a subgraph's database. */
export const open = (url: string, migrations: readonly MigrationStep[]): Promise<Database> =>
  openDatabase({ url, subgraph: 'bench', entities: [OutboxRow], migrations, log });

/** Makes users as guests are made, without their sessions. */
export async function makeUsers(auth: Database, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  for (let from = 0; from < count; from += 10_000)
    await rows(
      auth.fork(),
      `insert into users (id, name, status, roles, time_zone, device_hash, created_at)
       select id, 'guest-' || left(id::text, 8) || n, 'ACTIVE', '{PLAYER}', 'UTC', translate(rpad(id::text || n, 43, 'x'), '-', '_'), now()
       from unnest($1::uuid[]) with ordinality t(id, n)`,
      [ids.slice(from, from + 10_000)],
    );
  return ids;
}

/**
 * Sign-ins as auth stores them, sign_in row and outbox row in one transaction, `perTransaction` at a time: what is measured is the path of
 * the event, and the HTTP door has a benchmark of its own. Resolves once they are committed.
 */
export async function signInMany(
  auth: Database,
  userIds: string[],
  dataOf: (n: number) => object = () => ({}),
): Promise<void> {
  const events = userIds.map((userId, n) =>
    event(
      'UserSignIn',
      { id: timeOrderedId(), source: 'auth', userId, occurredAt: new Date() },
      { timeZone: 'UTC', ...dataOf(n) },
    ),
  );
  await auth.transaction(async (transaction) => {
    await rows(
      transaction,
      'insert into sign_in (event_id, user_id, occurred_at) select * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[])',
      [events.map((one) => one.id), userIds, events.map((one) => one.occurredAt)],
    );
    await send(transaction, events);
  });
}

/** A quest that begins now, as catalog sends it, and what a shape changes of it. */
export const benchQuest = (changes: Partial<ToldTerms> = {}): QuestTerms => {
  const questId = randomUUID();
  return termsOf({
    questId,
    name: `bench-${questId}`,
    version: 1,
    trigger: 'UserSignIn',
    streak: 3,
    duplication: 2,
    autoClaim: false,
    hidden: false,
    rewards: [{ id: randomUUID(), item: 'DIAMOND', quantity: 10 }],
    startsAt: new Date().toISOString(),
    endsAt: null,
    archivedAt: null,
    ...changes,
  });
};

export async function publish(catalog: Database, quests: readonly QuestTerms[]): Promise<void> {
  const defined = quests.map((terms): EventEnvelope =>
    event('QuestDefined', { id: `${terms.questId}:1`, source: 'catalog', userId: null, occurredAt: new Date() }, terms),
  );
  await catalog.transaction((transaction) => send(transaction, defined));
}

export async function count(database: Database, from: string): Promise<number> {
  const [row] = await rows<{ n: number }>(database.fork(), `select count(*)::int as n from ${from}`);
  return row!.n;
}
