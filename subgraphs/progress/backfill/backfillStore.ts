import { type Transaction, rows } from '../../../shared/database.ts';
import { type QuestTerms, type ToldTerms, termsOf } from '../../../shared/questTerms.rules.ts';

export type BackfillState = 'RUNNING' | 'PAUSED' | 'STOPPED' | 'DONE' | 'FAILED' | 'REFUSED';

/** A job that counts the past for a version of a quest. */
export interface Backfill {
  id: string;
  questId: string;
  version: number;
  terms: QuestTerms;
  mode: 'SILENT' | 'NOTIFY' | 'PREVIEW';
  state: BackfillState;
  /** It writes nothing yet, or never will. */
  isCounting: boolean;
  /** The last player of the ranges that are done. */
  afterUser: string | null;
  players: number;
  events: number;
  completions: number;
  payout: Record<string, number>;
  firstPlayers: string[];
  /** How long it has worked, without the time in which it was paused. */
  workingMs: number;
  error: string | null;
  createdAt: Date;
  updatedAt: Date;
}

interface BackfillRow extends Omit<
  Backfill,
  'terms' | 'players' | 'events' | 'completions' | 'workingMs' | 'createdAt' | 'updatedAt'
> {
  terms: ToldTerms;
  players: string;
  events: string;
  completions: string;
  workingMs: string;
  createdAt: string;
  updatedAt: string;
}

const columns = `id, quest_id as "questId", version, terms, mode, state, is_counting as "isCounting", after_user as "afterUser", players, events,
  completions, payout, first_players as "firstPlayers", working_ms as "workingMs", error, created_at as "createdAt", updated_at as "updatedAt"`;

const backfillOf = (row: BackfillRow): Backfill => ({
  ...row,
  terms: termsOf(row.terms),
  players: Number(row.players),
  events: Number(row.events),
  completions: Number(row.completions),
  workingMs: Number(row.workingMs),
  createdAt: new Date(row.createdAt),
  updatedAt: new Date(row.updatedAt),
});

/** Notes that the past is to be counted. One that has a budget counts first what it would pay. */
export async function saveBackfills(
  transaction: Transaction,
  wanted: readonly Pick<Backfill, 'terms' | 'mode'>[],
  now: Date,
): Promise<Backfill[]> {
  if (wanted.length === 0) return [];
  const saved = await rows<BackfillRow>(
    transaction,
    `insert into backfill (quest_id, version, terms, mode, is_counting, created_at, updated_at)
     select *, $6::timestamptz, $6::timestamptz from unnest($1::uuid[], $2::int[], $3::jsonb[], $4::text[], $5::bool[]) returning ${columns}`,
    [
      wanted.map(({ terms }) => terms.questId),
      wanted.map(({ terms }) => terms.version),
      wanted.map(({ terms }) => JSON.stringify(terms)),
      wanted.map(({ mode }) => mode),
      wanted.map(({ terms, mode }) => mode === 'PREVIEW' || terms.maxPayout.length > 0),
      now,
    ],
  );
  return saved.map(backfillOf);
}

/** A running job that nobody works at, held until the transaction ends. */
export async function takeBackfill(transaction: Transaction): Promise<Backfill | undefined> {
  const [row] = await rows<BackfillRow>(
    transaction,
    `select ${columns} from backfill where state = 'RUNNING' order by id limit 1 for update skip locked`,
  );
  return row && backfillOf(row);
}

export async function changeBackfill(transaction: Transaction, job: Backfill, now: Date): Promise<void> {
  await rows(
    transaction,
    `update backfill set state = $2, is_counting = $3, after_user = $4, players = $5, events = $6, completions = $7, payout = $8,
       first_players = $9::uuid[], working_ms = $10, error = $11, updated_at = $12 where id = $1`,
    [
      job.id,
      job.state,
      job.isCounting,
      job.afterUser,
      job.players,
      job.events,
      job.completions,
      JSON.stringify(job.payout),
      job.firstPlayers,
      Math.round(job.workingMs),
      job.error,
      now,
    ],
  );
}

/** The measures of a version count everything that was ever recorded. */
export async function markMeasured(transaction: Transaction, { questId, version }: Backfill): Promise<void> {
  await rows(
    transaction,
    'update measure set since = 0 where measure = any((select measures from quest_version where quest_id = $1 and version = $2)::uuid[])',
    [questId, version],
  );
}

/** Moves a job from one of these states to another; undefined: it is in none of them. */
export async function moveBackfill(
  transaction: Transaction,
  id: string,
  from: readonly BackfillState[],
  to: BackfillState,
  now: Date,
): Promise<Backfill | undefined> {
  const [row] = await rows<BackfillRow>(
    transaction,
    `update backfill set state = $3, error = null, updated_at = $4 where id = $1 and state = any($2) returning ${columns}`,
    [id, from, to, now],
  );
  return row && backfillOf(row);
}

/** The job went wrong, unless somebody has stopped it since. */
export async function failBackfill(em: Transaction, id: string, error: string, now: Date): Promise<void> {
  await rows(
    em,
    `update backfill set state = 'FAILED', error = $2, updated_at = $3 where id = $1 and state = 'RUNNING'`,
    [id, error, now],
  );
}

/** The last ones first; one more than the limit when there are more. */
export async function findBackfills(em: Transaction, limit: number, before: string | null): Promise<Backfill[]> {
  const found = await rows<BackfillRow>(
    em,
    `select ${columns} from backfill where $2::bigint is null or id < $2 order by id desc limit $1`,
    [limit + 1, before],
  );
  return found.map(backfillOf);
}

export async function findBackfill(em: Transaction, id: string): Promise<Backfill | undefined> {
  const [row] = await rows<BackfillRow>(em, `select ${columns} from backfill where id = $1`, [id]);
  return row && backfillOf(row);
}

/** The next players in the order of their ids, and held until the transaction ends. */
export async function lockNextPlayers(
  transaction: Transaction,
  after: string | null,
  limit: number,
): Promise<string[]> {
  const locked = await rows<{ user_id: string }>(
    transaction,
    `select user_id from player where $1::uuid is null or user_id > $1 order by user_id limit $2 for no key update`,
    [after, limit],
  );
  return locked.map((row) => row.user_id);
}
