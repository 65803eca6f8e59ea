import { randomUUID } from 'node:crypto';
import { type Transaction, rows } from '../../../shared/database/database.ts';
import { forgetInBackfills } from '../backfill/backfillStore.ts';
import { forgetInCompensations } from '../pauses/compensationStore.ts';

/** Every table with rows of players: what goes over to the pseudonym, and what is deleted. */
export const tablesOfPlayers = {
  moved: ['enrolment', 'reward_grant', 'completion', 'popup', 'payment', 'ledger_entry', 'balance'],
  forgotten: [
    'event',
    'inbox',
    'measure_value',
    'distinct_value',
    'active_span',
    'player_zone',
    'zone_move',
    'pause',
    'webhook_delivery',
  ],
} as const;

/**
 * Erases players for good, each once. What they have earned stays in ledger, completions and statistics under a pseudonym that nothing leads to;
 * their events and all that was counted of them are gone, and nothing more of these ids is taken. Whoever writes of a player holds the player's
 * lock, so nothing slips in between.
 */
export async function erasePlayers(transaction: Transaction, userIds: readonly string[], now: Date): Promise<void> {
  for (const userId of userIds.toSorted()) {
    await rows(transaction, 'insert into player (user_id) values ($1) on conflict do nothing', [userId]);
    const [player] = await rows<{ is_erased: boolean }>(
      transaction,
      'select erased_at is not null as is_erased from player where user_id = $1 for update',
      [userId],
    );
    if (player!.is_erased) continue;
    if (await hasEarned(transaction, userId)) await giveToPseudonym(transaction, userId, randomUUID());
    await forget(transaction, userId);
    await rows(
      transaction,
      `update player set erased_at = $2, time_zone = 'UTC', zone_told_at = 'infinity', popup_seq = 0 where user_id = $1`,
      [userId, now],
    );
  }
}

async function hasEarned(transaction: Transaction, userId: string): Promise<boolean> {
  const [row] = await rows<{ earned: boolean }>(
    transaction,
    `select exists (select from completion where user_id = $1) or exists (select from reward_grant where user_id = $1) as earned`,
    [userId],
  );
  return row!.earned;
}

/** What counts toward a next completion is gone: the enrolments say only how often a quest was completed. */
const enrolments = [
  'delete from enrolment where user_id = $1 and completions = 0 and $2::uuid is not null',
  `update enrolment set user_id = $2, base = '[]', attempts_at_base = 0, completions_at_base = completions, cools_until = null
   where user_id = $1`,
];
/** The operator's key and reason may name the player. */
const grants = `update reward_grant set user_id = $2, reason = '(erased)', idempotency_key = id::text where user_id = $1`;

async function giveToPseudonym(transaction: Transaction, userId: string, pseudonym: string): Promise<void> {
  await rows(transaction, `select set_config('questline.pseudonym', $1, true)`, [pseudonym]);
  await transaction.execute(
    'set constraints popup_completion_fkey, payment_completion_fkey, payment_grant_fkey deferred',
  );
  await rows(
    transaction,
    'insert into player (user_id, popup_seq) select $2::uuid, popup_seq from player where user_id = $1',
    [userId, pseudonym],
  );
  const moved = tablesOfPlayers.moved.slice(2).map((table) => `update ${table} set user_id = $2 where user_id = $1`);
  for (const statement of [...enrolments, grants, ...moved]) await rows(transaction, statement, [userId, pseudonym]);
}

async function forget(transaction: Transaction, userId: string): Promise<void> {
  await rows(
    transaction,
    `with gone as (delete from event where user_id = $1 returning occurred_at, type)
     insert into erased_activity as a (day, events, sign_ins)
     select (occurred_at at time zone 'UTC')::date, count(*), count(*) filter (where type in ('UserSignIn', 'NewUserSignIn'))
     from gone group by 1 order by 1
     on conflict (day) do update set events = a.events + excluded.events, sign_ins = a.sign_ins + excluded.sign_ins`,
    [userId],
  );
  for (const table of [...tablesOfPlayers.forgotten.slice(1), 'enrolment'])
    await rows(transaction, `delete from ${table} where user_id = $1`, [userId]);
  await forgetInBackfills(transaction, userId);
  await forgetInCompensations(transaction, userId);
  // What could not be applied is sealed, so all of it goes.
  await rows(transaction, 'delete from dead_letter where strpos(lower(sealed), $1) > 0', [userId]);
}
