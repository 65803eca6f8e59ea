import { type Transaction, rows } from '../../../shared/database/database.ts';
import { timeOrderedId } from '../../../shared/ids.ts';
import type { PlayerPause } from '../counting/player.rules.ts';
import type { StoredPause } from '../definitions/definitions.rules.ts';

/** Times in which no streak is lost, as operators have decided. */

/** A pause as it is kept. */
export interface KeptPause {
  id: string;
  /** Null: everybody. */
  userId: string | null;
  /** Null: all quests. */
  questId: string | null;
  startsAt: Date;
  /** Null: until it is ended. */
  endsAt: Date | null;
  reason: string;
  operatorId: string;
  createdAt: Date;
  endedBy: string | null;
}

/** In the table, the user of a pause for everybody. */
const everybody = '00000000-0000-0000-0000-000000000000';

interface PauseRow {
  id: string;
  user_id: string;
  quest_id: string | null;
  starts_at: string;
  ends_at: string | null;
  reason: string;
  operator_id: string;
  created_at: string;
  ended_by: string | null;
}

const columns = `id, user_id, quest_id, starts_at, case when ends_at < 'infinity' then ends_at end as ends_at, reason, operator_id, created_at, ended_by`;

const pauseOf = (row: PauseRow): KeptPause => ({
  id: row.id,
  userId: row.user_id === everybody ? null : row.user_id,
  questId: row.quest_id,
  startsAt: new Date(row.starts_at),
  endsAt: row.ends_at === null ? null : new Date(row.ends_at),
  reason: row.reason,
  operatorId: row.operator_id,
  createdAt: new Date(row.created_at),
  endedBy: row.ended_by,
});

export type NewPause = Omit<KeptPause, 'id' | 'endedBy'>;

/** Stores pauses; `knownSince`: the state of the definitions that brings one for everybody, `compensationId`: the deed that brings those of players. */
export async function savePauses(
  transaction: Transaction,
  pauses: readonly NewPause[],
  { knownSince = null, compensationId = null }: { knownSince?: number | null; compensationId?: string | null } = {},
): Promise<KeptPause[]> {
  if (pauses.length === 0) return [];
  const saved = await rows<PauseRow>(
    transaction,
    `insert into pause (id, user_id, quest_id, starts_at, ends_at, reason, operator_id, created_at, known_since, compensation_id)
     select *, $9::int, $10::uuid from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::uuid[], $8::timestamptz[])
     returning ${columns}`,
    [
      pauses.map(() => timeOrderedId()),
      pauses.map(({ userId }) => userId ?? everybody),
      pauses.map(({ questId }) => questId),
      pauses.map(({ startsAt }) => startsAt.toISOString()),
      pauses.map(({ endsAt }) => endsAt?.toISOString() ?? 'infinity'),
      pauses.map(({ reason }) => reason),
      pauses.map(({ operatorId }) => operatorId),
      pauses.map(({ createdAt }) => createdAt.toISOString()),
      knownSince,
      compensationId,
    ],
  );
  return saved.map(pauseOf);
}

/** Held until the transaction ends; undefined: it is not there. */
export async function takePause(transaction: Transaction, id: string): Promise<KeptPause | undefined> {
  const [row] = await rows<PauseRow>(transaction, `select ${columns} from pause where id = $1 for update`, [id]);
  return row && pauseOf(row);
}

/** A pause ends at this instant, or has never been when it had not begun. */
export async function changeEnd(
  transaction: Transaction,
  id: string,
  at: Date,
  operatorId: string,
  knownSince: number | null,
): Promise<KeptPause> {
  const [row] = await rows<PauseRow>(
    transaction,
    `update pause set ends_at = greatest(starts_at, $2), ended_by = $3, known_since = $4 where id = $1 returning ${columns}`,
    [id, at, operatorId, knownSince],
  );
  return pauseOf(row!);
}

/** The last ones first, one more than the limit when there are more: those of a player, or, of all, those that no compensation has made. */
export async function findPauses(
  em: Transaction,
  userId: string | null,
  limit: number,
  before: string | null,
): Promise<KeptPause[]> {
  const found = await rows<PauseRow>(
    em,
    `select ${columns} from pause where ${userId === null ? '$1::uuid is null and compensation_id is null' : 'user_id = $1::uuid'}
       and ($3::uuid is null or id < $3) order by id desc limit $2`,
    [userId, limit + 1, before],
  );
  return found.map(pauseOf);
}

const span = `quest_id as "questId", extract(epoch from starts_at)::float8 * 1000 as "from", extract(epoch from ends_at)::float8 * 1000 as until`;

/** Those of everybody; they belong to the definitions. */
export const findCommonPauses = (em: Transaction): Promise<StoredPause[]> =>
  rows<StoredPause>(
    em,
    `select ${span}, known_since as "knownSince" from pause where user_id = $1 and starts_at < ends_at order by starts_at, id`,
    [everybody],
  );

/** Those of these players alone. */
export async function findPausesOf(
  em: Transaction,
  userIds: readonly string[],
): Promise<(userId: string) => readonly PlayerPause[]> {
  const found = await rows<PlayerPause & { user_id: string }>(
    em,
    `select user_id, ${span} from pause where user_id = any($1::uuid[]) and starts_at < ends_at`,
    [userIds],
  );
  const byUser = Map.groupBy(found, ({ user_id }) => user_id);
  return (userId) => byUser.get(userId) ?? none;
}

const none: readonly PlayerPause[] = [];
