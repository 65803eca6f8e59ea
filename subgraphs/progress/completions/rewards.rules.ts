import type { RewardTerms, StepTerms } from '../../../shared/questTerms.rules.ts';

/** What a completion pays by the version of the quest under which it was earned: its step's rewards, or those of the quest where it has no step. */
export function rewardsOf(
  terms: { rewards: readonly RewardTerms[]; steps: readonly StepTerms[] },
  step: number | null,
): readonly RewardTerms[] {
  return step === null ? terms.rewards : terms.steps[step]!.rewards;
}
