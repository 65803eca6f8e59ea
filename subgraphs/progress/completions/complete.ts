import { type Transaction, rows } from '../../../shared/database/database.ts';
import { failpoint } from '../../../shared/process/failpoint.ts';
import type { Changes, Completed } from '../counting/changes.rules.ts';
import { saveOwnEvents } from '../events/ownEvents.ts';
import { lockPlayers } from '../players/playerStore.ts';
import { pay } from '../wallet/ledgerStore.ts';
import { isPaidAtOnce } from './claim.rules.ts';
import { rewardsOf } from './rewards.rules.ts';

/**
 * Stores the completions that counting has made due, pays those that pay at once, and tells of them; `isSilent`: they do not pop up. Resolves to
 * them.
 */
export async function complete(
  transaction: Transaction,
  changes: readonly Changes[],
  now: Date,
  isSilent = false,
): Promise<Completed[]> {
  const completed = changes.flatMap((one) => one.completed);
  if (completed.length === 0) return [];
  await saveCompletions(transaction, completed, isSilent);
  failpoint('progress.afterCompletions');
  await pay(
    transaction,
    completed
      .filter(({ version }) => isPaidAtOnce(version.terms))
      .map(({ id, userId, version, step }) => ({ completionId: id, userId, rewards: rewardsOf(version.terms, step) })),
    now,
  );
  await saveOwnEvents(
    transaction,
    changes.flatMap((one) => one.own),
  );
  return completed;
}

/** Stores completions and their popups, and moves the players' popup counters. */
async function saveCompletions(
  transaction: Transaction,
  completed: readonly Completed[],
  isSilent: boolean,
): Promise<void> {
  const popupSeq = await lockPlayers(transaction, [...new Set(completed.map((one) => one.userId))]);
  const ids = completed.map((one) => one.id);
  const users = completed.map((one) => one.userId);
  await rows(
    transaction,
    `insert into completion (id, user_id, quest_id, number, quest_version, step, completed_at)
     select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::int[], $6::int[], $7::timestamptz[])`,
    [
      ids,
      users,
      completed.map(({ version }) => version.terms.questId),
      completed.map(({ number }) => number),
      completed.map(({ version }) => version.number),
      completed.map(({ step }) => step),
      completed.map(({ completedAt }) => completedAt),
    ],
  );
  const seqs = users.map((userId) => {
    const seq = popupSeq.get(userId)! + 1;
    popupSeq.set(userId, seq);
    return seq;
  });
  await rows(
    transaction,
    `insert into popup (user_id, seq, completion_id, silent, seen_at)
     select *, $4::bool, case when $4::bool then clock_timestamp() end from unnest($1::uuid[], $2::bigint[], $3::uuid[])`,
    [users, seqs, ids, isSilent],
  );
  await rows(
    transaction,
    `update player set popup_seq = t.seq from (select u, max(s) as seq from unnest($1::uuid[], $2::bigint[]) t(u, s) group by u) t
     where player.user_id = t.u`,
    [users, seqs],
  );
}
