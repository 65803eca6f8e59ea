/** So much of an item. */
export interface Reward {
  item: string;
  quantity: number;
}

/** The most of an item that a wallet holds: the largest whole number that a JSON number carries exactly, 2^53 - 1. */
export const balanceAtMost = Number.MAX_SAFE_INTEGER;

/** A payment as lines that sum to zero per item (double entry): what a player receives, the issuer gives. */
export interface Line {
  account: 'PLAYER' | 'ISSUER';
  item: string;
  amount: number;
}

/** The lines that pay these rewards. */
export function paymentLines(rewards: readonly Reward[]): Line[] {
  return rewards.flatMap(({ item, quantity }): Line[] => [
    { account: 'PLAYER', item, amount: quantity },
    { account: 'ISSUER', item, amount: -quantity },
  ]);
}

/** Do the lines of each item sum to zero? */
export function isBalanced(lines: readonly Line[]): boolean {
  const sums = new Map<string, number>();
  for (const { item, amount } of lines) sums.set(item, (sums.get(item) ?? 0) + amount);
  return [...sums.values()].every((sum) => sum === 0);
}

/**
 * Those of a player's payments that the wallet holds, in their order, for somebody who owns so much of each item. One that does not fit is left out
 * as a whole, and a later one may still fit.
 */
export function thatFit<Payment extends { rewards: readonly Reward[] }>(
  payments: readonly Payment[],
  owned: ReadonlyMap<string, number>,
): Payment[] {
  const held = new Map(owned);
  return payments.filter(({ rewards }) => {
    const after = new Map<string, number>();
    for (const { item, quantity } of rewards) after.set(item, (after.get(item) ?? held.get(item) ?? 0) + quantity);
    if ([...after.values()].some((quantity) => quantity > balanceAtMost)) return false;
    after.forEach((quantity, item) => held.set(item, quantity));
    return true;
  });
}
