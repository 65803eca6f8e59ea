import type { Player } from './load.ts';

/** What must have become of a player, from the lists of acknowledged sign-ins and gifts alone. It knows the rules by heart and none of our code. */
export interface Expected {
  signIns: number;
  /** By quest name. */
  completions: Record<string, number>;
  /** Once everything is claimed. */
  gold: number;
  diamonds: number;
}

const own = { trigger: 'UserSignIn', autoClaim: true, rewards: [{ item: 'GOLD', quantity: 1 }] };
/**
 * Beside the three of the demo, of which no run lasts long enough to complete the one that counts days, two quests of the runner's own: one
 * pays at every second sign-in, and one once a month. A run that begins before the end of a month has to be run again.
 */
export const ownQuests = [
  { ...own, name: 'steady', title: 'Steady', streak: 2, duplication: 100_000 },
  { ...own, name: 'monthly', title: 'Monthly', streak: 1, duplication: 12, period: 'MONTH', timeZone: 'UTC' },
];

export function expectedOf({ acknowledged, gifts }: Player): Expected {
  const n = new Set(acknowledged).size;
  const completions = {
    'sign-in-three-times': Math.min(2, Math.floor(n / 3)),
    'welcome-back': Math.min(1, Math.floor(n / 5)),
    'three-days-in-a-row': 0,
    steady: Math.floor(n / 2),
    monthly: Math.min(1, n),
  };
  return {
    signIns: n,
    completions,
    gold: 50 * completions['welcome-back'] + completions.steady + completions.monthly + new Set(gifts).size,
    diamonds: 10 * completions['sign-in-three-times'],
  };
}
