import type { Reward } from './ledger.rules.ts';

/** What an operator may give a player without a completion. */

export const itemsAtMost = 20;

/** Everything that is wrong with a grant, one sentence each, the field first; none: it may be given. */
export function grantFaults(rewards: readonly Reward[], idempotencyKey: string): string[] {
  const items = rewards.map(({ item }) => item);
  const rules: [boolean, string][] = [
    [rewards.length >= 1 && rewards.length <= itemsAtMost, `rewards takes 1 to ${itemsAtMost} items.`],
    [
      items.every((item) => /^[A-Z][A-Z0-9_]{0,63}$/.test(item)),
      'rewards: an item takes 1 to 64 of A-Z, 0-9 and underscore, the first a letter.',
    ],
    [new Set(items).size === items.length, 'rewards takes each item once.'],
    [rewards.every(({ quantity }) => quantity >= 1), 'rewards: a quantity is 1 or more.'],
    [/^[\x21-\x7e]{1,100}$/.test(idempotencyKey), 'idempotencyKey takes 1 to 100 printable characters without spaces.'],
  ];
  return rules.filter(([holds]) => !holds).map(([, sentence]) => sentence);
}

/** Do two grants give the same, in whatever order? */
export function isSameGrant(
  one: { userId: string; rewards: readonly Reward[]; reason: string },
  other: { userId: string; rewards: readonly Reward[]; reason: string },
): boolean {
  const told = (rewards: readonly Reward[]) =>
    rewards
      .map(({ item, quantity }) => `${quantity} ${item}`)
      .sort()
      .join();
  return one.userId === other.userId && one.reason === other.reason && told(one.rewards) === told(other.rewards);
}
