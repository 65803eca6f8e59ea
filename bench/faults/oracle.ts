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

/** Three quests: two of the demo, and one of the runner's own that pays at every second sign-in. */
export const steady = {
  name: 'steady',
  title: 'Steady',
  trigger: 'UserSignIn',
  streak: 2,
  duplication: 100_000,
  autoClaim: true,
};

export function expectedOf({ acknowledged, gifts }: Player): Expected {
  const n = new Set(acknowledged).size;
  const completions = {
    'sign-in-three-times': Math.min(2, Math.floor(n / 3)),
    'welcome-back': Math.min(1, Math.floor(n / 5)),
    steady: Math.floor(n / 2),
  };
  return {
    signIns: n,
    completions,
    gold: 50 * completions['welcome-back'] + completions.steady + new Set(gifts).size,
    diamonds: 10 * completions['sign-in-three-times'],
  };
}
