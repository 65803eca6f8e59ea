import type { Reward } from './ledger.rules.ts';

/** What an operator may give a player without a completion. */

export const itemsAtMost = 20;
export const quantityAtMost = 1_000_000;
/** The graph tells what a player owns as an Int. */
export const balanceAtMost = 2 ** 31 - 1;

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
    [
      rewards.every(({ quantity }) => quantity >= 1 && quantity <= quantityAtMost),
      `rewards: a quantity goes from 1 to ${quantityAtMost}.`,
    ],
    [/^[\x21-\x7e]{1,100}$/.test(idempotencyKey), 'idempotencyKey takes 1 to 100 printable characters without spaces.'],
  ];
  return rules.filter(([holds]) => !holds).map(([, sentence]) => sentence);
}

/** The first item of which a player would own more than can be told. */
export function tooMuch(rewards: readonly Reward[], owned: ReadonlyMap<string, number>): string | undefined {
  return rewards.find(({ item, quantity }) => (owned.get(item) ?? 0) + quantity > balanceAtMost)?.item;
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
