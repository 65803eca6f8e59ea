import { type Transaction, rows } from '../../../shared/database/database.ts';
import type { Timeline } from '../calendar/calendar.rules.ts';
import { bucketOf, keyOf } from '../counting/player.rules.ts';
import type { ByPlayer } from '../counting/valueStore.ts';
import type { Quest } from '../definitions/definitions.rules.ts';
import { isBeforeCooldown } from './cooldown.rules.ts';
import type { Enrolment } from './enrolments.rules.ts';

/** Instants of a player's events that may move these quests; left out: no event comes. */
interface Happening {
  userId: string;
  quests: readonly Quest[];
  instants?: readonly number[];
}

/**
 * By player, quest and period, the completions whose cooldowns may hold events that happened before the latest cooldown. Reads nothing unless there
 * are such events, as hardly any comes so late.
 */
export async function findEarlierCooldowns(
  em: Transaction,
  happening: readonly Happening[],
  enrolments: ByPlayer<Enrolment>,
  timelineOf: (userId: string) => Timeline,
): Promise<ByPlayer<number[]>> {
  const keyAt = (quest: Quest, userId: string, at: number) =>
    keyOf(quest.id, bucketOf(quest.latest.terms, timelineOf(userId), at));
  const late = happening.flatMap(({ userId, quests, instants = [] }) =>
    quests
      .filter(({ latest }) => latest.terms.cooldownSeconds > 0)
      .map((quest) => {
        const isLate = (at: number) => {
          const enrolment = enrolments.get(userId)?.get(keyAt(quest, userId, at));
          return enrolment !== undefined && isBeforeCooldown(quest, enrolment, at);
        };
        return { userId, quest, instants: instants.filter(isLate) };
      })
      .filter((one) => one.instants.length > 0),
  );
  const completedAt: ByPlayer<number[]> = new Map();
  if (late.length === 0) return completedAt;
  const instant = (milliseconds: number) => new Date(milliseconds).toISOString();
  const found = await rows<{ n: number; completed_at: string }>(
    em,
    `select n::int, completed_at
     from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[]) with ordinality late(user_id, quest_id, earliest, latest, n)
       join completion using (user_id, quest_id) where completed_at > earliest and completed_at <= latest`,
    [
      late.map(({ userId }) => userId),
      late.map(({ quest }) => quest.id),
      late.map(({ quest, instants }) => instant(Math.min(...instants) - quest.latest.terms.cooldownSeconds * 1000)),
      late.map(({ instants }) => instant(Math.max(...instants))),
    ],
  );
  for (const { n, completed_at } of found) {
    const { userId, quest } = late[n - 1]!;
    const at = Date.parse(completed_at);
    const key = keyAt(quest, userId, at);
    const own = completedAt.get(userId) ?? new Map<string, number[]>();
    completedAt.set(userId, own.set(key, [...(own.get(key) ?? []), at]));
  }
  return completedAt;
}
