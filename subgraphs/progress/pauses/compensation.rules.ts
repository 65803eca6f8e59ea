import type { Pause } from '../calendar/pauses.rules.ts';
import { attemptOf, fold } from '../enrolments/enrolments.rules.ts';
import { newcomerOn } from '../enrolments/newcomer.rules.ts';
import { type PlayerState, bucketOf, keyOf, sightOf } from '../counting/player.rules.ts';
import type { Reached } from '../enrolments/reached.rules.ts';
import { type Definitions, type Quest, versionOf } from '../definitions/definitions.rules.ts';

/** How many streaks of a quest were harmed. */
export interface CompensatedQuest {
  questId: string;
  streaks: number;
}

/**
 * The quests on which an outage has harmed a player: those whose streak would have come further by now, or have spent fewer freezes, had the periods
 * that the outage touched been paused. So it is found out by each player's own calendar, and whoever has come all the same is not among them. Of a
 * quest that begins anew the streak of now is looked at.
 */
export function harmedBy(
  outage: Pause,
  state: PlayerState,
  quests: readonly Quest[],
  { sequence }: Definitions,
  now: number,
): Quest[] {
  return quests.filter((quest) => {
    const bucket = bucketOf(quest.latest.terms, state.timeline, now);
    const before = sightOf(state, bucket, now);
    const pauses = [...state.pauses, { ...outage, questId: quest.id }];
    const after = sightOf({ ...state, pauses }, bucket, now);
    const known = state.enrolments.get(keyOf(quest.id, bucket));
    const enrolment = fold(quest, known ?? newcomerOn(quest, bucket, state.counted, sequence, before), before);
    const version = versionOf(quest, enrolment.version);
    const attempt = attemptOf(version, enrolment, before);
    if (attempt.isDone && attempt.due <= enrolment.completions) return false;
    const paused = attemptOf(version, enrolment, after);
    return attempt.reached.some((one, n) => isBetter(paused.reached[n]!, one));
  });
}

const isBetter = (one: Reached, other: Reached): boolean =>
  one.amount > other.amount ||
  one.whole > other.whole ||
  (one.amount === other.amount && one.amount > 0 && (one.streak?.frozen ?? 0) < (other.streak?.frozen ?? 0));
