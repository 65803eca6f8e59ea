/** So much of an item. */
export interface Reward {
  item: string;
  quantity: number;
}

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
