/** Which events a webhook may be told of, and when what has failed is tried again. */

/** By the type of the event, its name in a webhook. */
const names = {
  QuestCompleted: 'quest.completed',
  RewardClaimed: 'reward.claimed',
  QuestDefined: 'quest.published',
  UserDeleted: 'user.deleted',
} as const;

export type WebhookType = (typeof names)[keyof typeof names];

/** Undefined: no webhook is told of it. */
export const webhookTypeOf = (eventType: string): WebhookType | undefined =>
  Object.hasOwn(names, eventType) ? names[eventType as keyof typeof names] : undefined;

/** As the graph has it: QUEST_COMPLETED. */
export const enumOf = (type: string): string => type.toUpperCase().replace('.', '_');

export const typeOf = (value: string): string => value.toLowerCase().replace('_', '.');

const [second, minute, hour] = [1000, 60_000, 3_600_000];

/** How long to wait after the first failure, the second and so on; after the last one the delivery is a dead letter. Two and a half days in all. */
export const usualPauses: readonly number[] = [
  ...[5 * second, 30 * second, 2 * minute, 10 * minute, 30 * minute],
  ...[hour, 2 * hour, 5 * hour, 10 * hour, 16 * hour, 24 * hour],
];

/** Up to a fifth more, so that what has failed together does not come back together; null: it was tried often enough. `random` is 0 to 1. */
export function pauseAfter(failures: number, random: number, pauses = usualPauses): number | null {
  const pause = pauses[failures - 1];
  return pause === undefined ? null : Math.round(pause * (1 + random / 5));
}

/** So many failures in a row, and a target is asked by one delivery at a time. */
const failuresUntilRest = 5;

/** How long a target is left alone after so many failures in a row, whatever was to be delivered; at most a minute. */
export const restAfter = (failures: number, firstMs: number): number =>
  failures < failuresUntilRest ? 0 : Math.min(minute, firstMs * 2 ** Math.min(failures - failuresUntilRest, 16));

/** A target that has answered nothing with success for so long is disabled. */
export const failingAtMostMs = 5 * 24 * hour;
