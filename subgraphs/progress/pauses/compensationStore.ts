import { type Transaction, rows } from '../../../shared/database.ts';
import { timeOrderedId } from '../../../shared/ids.ts';

/** One deed of an operator that pauses what an outage has cost each player, or only counts that. */
export interface Compensation {
  id: string;
  startsAt: Date;
  endsAt: Date;
  reason: string;
  operatorId: string;
  isDryRun: boolean;
  state: 'RUNNING' | 'DONE' | 'FAILED';
  /** The last player of the pages that are done. */
  afterUser: string | null;
  players: number;
  streaks: number;
  /** Streaks by quest. */
  quests: Record<string, number>;
  firstPlayers: string[];
  error: string | null;
  createdAt: Date;
  updatedAt: Date;
}

interface CompensationRow extends Omit<
  Compensation,
  'startsAt' | 'endsAt' | 'players' | 'streaks' | 'createdAt' | 'updatedAt'
> {
  startsAt: string;
  endsAt: string;
  players: string;
  streaks: string;
  createdAt: string;
  updatedAt: string;
}

const columns = `id, starts_at as "startsAt", ends_at as "endsAt", reason, operator_id as "operatorId", is_dry_run as "isDryRun", state,
  after_user as "afterUser", players, streaks, quests, first_players as "firstPlayers", error, created_at as "createdAt", updated_at as "updatedAt"`;

const compensationOf = (row: CompensationRow): Compensation => ({
  ...row,
  startsAt: new Date(row.startsAt),
  endsAt: new Date(row.endsAt),
  players: Number(row.players),
  streaks: Number(row.streaks),
  createdAt: new Date(row.createdAt),
  updatedAt: new Date(row.updatedAt),
});

export type NewCompensation = Pick<Compensation, 'startsAt' | 'endsAt' | 'reason' | 'operatorId' | 'isDryRun'> & {
  idempotencyKey: string;
};

/** Undefined: this operator has used the key before. */
export async function saveCompensation(
  transaction: Transaction,
  wanted: NewCompensation,
  now: Date,
): Promise<Compensation | undefined> {
  const [row] = await rows<CompensationRow>(
    transaction,
    `insert into compensation (id, starts_at, ends_at, reason, operator_id, is_dry_run, idempotency_key, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $8) on conflict (operator_id, idempotency_key, is_dry_run) do nothing returning ${columns}`,
    [
      timeOrderedId(),
      wanted.startsAt,
      wanted.endsAt,
      wanted.reason,
      wanted.operatorId,
      wanted.isDryRun,
      wanted.idempotencyKey,
      now,
    ],
  );
  return row && compensationOf(row);
}

/** What the key was used for before; one that had failed goes on where it was. */
export async function resumeSame(
  transaction: Transaction,
  { operatorId, idempotencyKey, isDryRun }: NewCompensation,
): Promise<Compensation> {
  const key = [operatorId, idempotencyKey, isDryRun];
  const where = 'operator_id = $1 and idempotency_key = $2 and is_dry_run = $3';
  await rows(
    transaction,
    `update compensation set state = 'RUNNING', error = null where ${where} and state = 'FAILED'`,
    key,
  );
  const [row] = await rows<CompensationRow>(transaction, `select ${columns} from compensation where ${where}`, key);
  return compensationOf(row!);
}

/** A running one that nobody works at, held until the transaction ends. */
export async function takeCompensation(transaction: Transaction): Promise<Compensation | undefined> {
  const [row] = await rows<CompensationRow>(
    transaction,
    `select ${columns} from compensation where state = 'RUNNING' order by id limit 1 for update skip locked`,
  );
  return row && compensationOf(row);
}

export async function changeCompensation(transaction: Transaction, one: Compensation, now: Date): Promise<void> {
  await rows(
    transaction,
    `update compensation set state = $2, after_user = $3, players = $4, streaks = $5, quests = $6, first_players = $7::uuid[], updated_at = $8
     where id = $1`,
    [one.id, one.state, one.afterUser, one.players, one.streaks, JSON.stringify(one.quests), one.firstPlayers, now],
  );
}

export async function failCompensation(em: Transaction, id: string, error: string, now: Date): Promise<void> {
  await rows(
    em,
    `update compensation set state = 'FAILED', error = $2, updated_at = $3 where id = $1 and state = 'RUNNING'`,
    [id, error, now],
  );
}

/** The last ones first; one more than the limit when there are more. */
export async function findCompensations(
  em: Transaction,
  limit: number,
  before: string | null,
): Promise<Compensation[]> {
  const found = await rows<CompensationRow>(
    em,
    `select ${columns} from compensation where $2::uuid is null or id < $2 order by id desc limit $1`,
    [limit + 1, before],
  );
  return found.map(compensationOf);
}

/** The next players who have counted by one of these measures, in the order of their ids. */
export async function findNextPlayers(
  em: Transaction,
  measures: readonly string[],
  after: string | null,
  limit: number,
): Promise<string[]> {
  const found = await rows<{ user_id: string }>(
    em,
    `select user_id from player where ($2::uuid is null or user_id > $2)
       and exists (select from measure_value v where v.user_id = player.user_id and v.measure = any($1::uuid[])) order by user_id limit $3`,
    [measures, after, limit],
  );
  return found.map((row) => row.user_id);
}
