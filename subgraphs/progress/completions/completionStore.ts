import { type Transaction, rows } from '../../../shared/database/database.ts';
import type { Page } from '../../../shared/subgraph/paging.ts';

/** What was earned, read: completions, popups, statistics. */

export interface Completion {
  id: string;
  userId: string;
  questId: string;
  number: number;
  questVersion: number;
  /** Which of the steps of the quest it stands for, from 0; null: the whole. */
  step: number | null;
  completedAt: Date;
  /** When it was paid; null: claimable. */
  paidAt: Date | null;
  /** The player's popup of this completion, and its place in the player's list. */
  position: string;
}

interface CompletionRow {
  id: string;
  user_id: string;
  quest_id: string;
  number: number;
  quest_version: number;
  step: number | null;
  completed_at: string;
  paid_at: string | null;
  seq: string;
}

const completionOf = (row: CompletionRow): Completion => ({
  id: row.id,
  userId: row.user_id,
  questId: row.quest_id,
  number: row.number,
  questVersion: row.quest_version,
  step: row.step,
  completedAt: new Date(row.completed_at),
  paidAt: row.paid_at === null ? null : new Date(row.paid_at),
  position: row.seq,
});

const selectCompletion = `select c.id, c.user_id, c.quest_id, c.number, c.quest_version, c.step, c.completed_at, payment.paid_at, popup.seq
  from popup join completion c on c.user_id = popup.user_id and c.id = popup.completion_id
  left join payment on payment.user_id = c.user_id and payment.completion_id = c.id`;

/** By whose they are and their ids, in the order in which they popped up. */
export async function findCompletionsOf(
  em: Transaction,
  wanted: readonly { userId: string; id: string }[],
): Promise<Completion[]> {
  if (wanted.length === 0) return [];
  const found = await rows<CompletionRow>(
    em,
    `${selectCompletion} where (c.user_id, c.id) in (select * from unnest($1::uuid[], $2::uuid[])) order by popup.seq`,
    [wanted.map(({ userId }) => userId), wanted.map(({ id }) => id)],
  );
  return found.map(completionOf);
}

/** By their ids alone, as gateways refer to them. */
export async function findCompletionsById(em: Transaction, ids: readonly string[]): Promise<Completion[]> {
  return (
    await rows<CompletionRow>(em, `${selectCompletion} where c.id = any($1::uuid[]) order by popup.seq`, [ids])
  ).map(completionOf);
}

/** All of a player's, or those whose popup was not seen; newest first, one more than the limit when there are more. */
export async function findCompletions(
  em: Transaction,
  userId: string,
  { limit, before }: Page,
  isUnseenOnly: boolean,
): Promise<Completion[]> {
  const found = await rows<CompletionRow>(
    em,
    `${selectCompletion} where popup.user_id = $1 and ($3::bigint is null or popup.seq < $3)
     ${isUnseenOnly ? 'and popup.seen_at is null' : ''} order by popup.seq desc limit $2`,
    [userId, limit + 1, before],
  );
  return found.map(completionOf);
}

/** The completions of a player that nobody has paid yet, oldest first, so many at most. */
export async function findClaimable(em: Transaction, userId: string, limit: number): Promise<Completion[]> {
  const found = await rows<CompletionRow>(
    em,
    `${selectCompletion} where popup.user_id = $1 and payment.id is null order by popup.seq limit $2`,
    [userId, limit],
  );
  return found.map(completionOf);
}

/** How many completions of each of these players nobody has paid yet; players without any are left out. */
export async function countClaimable(em: Transaction, userIds: readonly string[]): Promise<Map<string, number>> {
  const found = await rows<{ user_id: string; n: number }>(
    em,
    `select user_id, count(*)::int as n from completion c where user_id = any($1::uuid[])
       and not exists (select from payment where payment.user_id = c.user_id and payment.completion_id = c.id) group by 1`,
    [userIds],
  );
  return new Map(found.map((row) => [row.user_id, row.n]));
}

/** Popups of several players after places in their lists, for each oldest first. */
export async function findPopups(
  em: Transaction,
  wishes: readonly { userId: string; after: string }[],
  limit: number,
): Promise<Completion[][]> {
  const found = await rows<CompletionRow & { wish: number }>(
    em,
    `select wish.n::int as wish, c.* from unnest($1::uuid[], $2::bigint[]) with ordinality wish(user_id, after, n)
     cross join lateral (${selectCompletion} where popup.user_id = wish.user_id and popup.seq > wish.after and not popup.silent
       order by popup.seq limit $3) c
     order by wish.n, c.seq`,
    [wishes.map(({ userId }) => userId), wishes.map(({ after }) => after), limit],
  );
  const popups: Completion[][] = wishes.map(() => []);
  for (const row of found) popups[row.wish - 1]!.push(completionOf(row));
  return popups;
}

/** How many popups these players have had; players without any are left out. */
export async function findPopupSeqs(em: Transaction, userIds: readonly string[]): Promise<Map<string, string>> {
  const found = await rows<{ user_id: string; popup_seq: string }>(
    em,
    'select user_id, popup_seq from player where user_id = any($1::uuid[]) and popup_seq > 0',
    [userIds],
  );
  return new Map(found.map((row) => [row.user_id, row.popup_seq]));
}

export interface QuestStat {
  questId: string;
  completions: number;
  players: number;
}

/** Most completed first. */
export async function findQuestStats(em: Transaction, top: number): Promise<QuestStat[]> {
  return rows<QuestStat>(
    em,
    `select quest_id as "questId", sum(completions)::float8 as completions, sum(players)::float8 as players
     from quest_count group by quest_id order by sum(completions) desc, quest_id limit $1`,
    [top],
  );
}

/** By which versions a player has completed a quest, and when for the last time by each. */
export async function findVersionsCompleted(
  em: Transaction,
  userId: string,
  questId: string,
): Promise<{ version: number; lastAt: Date }[]> {
  const found = await rows<{ version: number; last_at: string }>(
    em,
    'select quest_version as version, max(completed_at) as last_at from completion where user_id = $1 and quest_id = $2 group by 1',
    [userId, questId],
  );
  return found.map(({ version, last_at }) => ({ version, lastAt: new Date(last_at) }));
}

/** When a player has completed a quest last, so many times at most, in milliseconds since 1970. */
export async function findCompletedAt(
  em: Transaction,
  userId: string,
  questId: string,
  limit: number,
): Promise<number[]> {
  const found = await rows<{ completed_at: string }>(
    em,
    'select completed_at from completion where user_id = $1 and quest_id = $2 order by completed_at desc limit $3',
    [userId, questId, limit],
  );
  return found.map((row) => Date.parse(row.completed_at));
}

/** By player and quest: when it was completed for the first time, in milliseconds since 1970. */
export async function findFirstCompleted(
  em: Transaction,
  userIds: readonly string[],
  questIds: readonly string[],
): Promise<Map<string, Map<string, number>>> {
  const found = await rows<{ user_id: string; quest_id: string; completed_at: string }>(
    em,
    'select user_id, quest_id, completed_at from completion where user_id = any($1::uuid[]) and quest_id = any($2::uuid[]) and number = 1',
    [userIds, questIds],
  );
  const byPlayer = new Map<string, Map<string, number>>();
  for (const { user_id, quest_id, completed_at } of found)
    byPlayer.set(user_id, (byPlayer.get(user_id) ?? new Map<string, number>()).set(quest_id, Date.parse(completed_at)));
  return byPlayer;
}
