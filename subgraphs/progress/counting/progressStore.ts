import { type Transaction, rows } from '../../../shared/database.ts';
import type { QuestTerms } from '../../../shared/questTerms.rules.ts';
import { timeOrderedId } from '../../../shared/ids.ts';
import { saveBaselines } from './baselineStore.ts';
import type { Definitions } from '../definitions/definitionStore.ts';
import { lockPlayers } from '../players/playerStore.ts';
import { hasEarlier, newCompletions } from './quest.rules.ts';
import type { Tallied } from './tallyStore.ts';

/** Everything here works on sets: a batch of five hundred events costs the same number of statements as one. */

export interface NewCompletion {
  id: string;
  userId: string;
  number: number;
  completedAt: string;
  terms: QuestTerms;
}

/** The completions that these tallies make due, not stored yet. `completedAt` by user: when the last event of the batch happened. */
export async function findDue(
  transaction: Transaction,
  definitions: Pick<Definitions, 'byTally'>,
  tallied: Tallied[],
  completedAt: (userId: string) => string,
): Promise<NewCompletion[]> {
  const candidates = tallied.flatMap(({ userId, tally, total, firstAt }) => {
    const quests = definitions.byTally.get(tally) ?? [];
    const tooHard = quests.findIndex((terms) => terms.streak > total);
    return quests.slice(0, tooHard < 0 ? undefined : tooHard).map((terms) => ({ userId, total, firstAt, terms }));
  });
  if (candidates.length === 0) return [];
  const known = await rows<{ user_id: string; quest_id: string; uncounted: string; completions: number }>(
    transaction,
    `select user_id, quest_id, uncounted, completions from quest_progress
     where user_id = any($1::uuid[]) and quest_id = any($2::uuid[])`,
    [[...new Set(candidates.map((one) => one.userId))], [...new Set(candidates.map((one) => one.terms.questId))]],
  );
  const progress = new Map(known.map((row) => [`${row.user_id}${row.quest_id}`, row]));
  const baselines = await saveBaselines(
    transaction,
    candidates.filter(
      ({ userId, terms, firstAt }) => hasEarlier(terms, firstAt) && !progress.has(`${userId}${terms.questId}`),
    ),
  );
  return candidates.flatMap(({ userId, total, terms }) => {
    const key = `${userId}${terms.questId}`;
    const row = progress.get(key);
    const uncounted = baselines.get(key) ?? Number(row?.uncounted ?? 0);
    const numbers = newCompletions(terms, total - uncounted, row?.completions ?? 0);
    return numbers.map((number) => ({ id: timeOrderedId(), userId, number, terms, completedAt: completedAt(userId) }));
  });
}

/** Stores completions and their popups, and moves the players' popup counters. */
export async function saveCompletions(transaction: Transaction, completions: NewCompletion[]): Promise<void> {
  const popupSeq = await lockPlayers(transaction, [...new Set(completions.map((one) => one.userId))]);
  const ids = completions.map((one) => one.id);
  const users = completions.map((one) => one.userId);
  const quests = completions.map((one) => one.terms.questId);
  const numbers = completions.map((one) => one.number);
  await rows(
    transaction,
    `insert into completion (id, user_id, quest_id, number, quest_version, completed_at)
     select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::int[], $6::timestamptz[])`,
    [
      ids,
      users,
      quests,
      numbers,
      completions.map((one) => one.terms.version),
      completions.map((one) => one.completedAt),
    ],
  );
  await rows(
    transaction,
    `insert into quest_progress (user_id, quest_id, completions)
     select u, q, max(n) from unnest($1::uuid[], $2::uuid[], $3::int[]) t(u, q, n) group by u, q
     on conflict (user_id, quest_id) do update set completions = excluded.completions`,
    [users, quests, numbers],
  );
  const seqs = users.map((userId) => {
    const seq = popupSeq.get(userId)! + 1;
    popupSeq.set(userId, seq);
    return seq;
  });
  await rows(
    transaction,
    'insert into popup (user_id, seq, completion_id) select * from unnest($1::uuid[], $2::bigint[], $3::uuid[])',
    [users, seqs, ids],
  );
  await rows(
    transaction,
    `update player set popup_seq = t.seq from (select u, max(s) as seq from unnest($1::uuid[], $2::bigint[]) t(u, s) group by u) t
     where player.user_id = t.u`,
    [users, seqs],
  );
}
