import type { KnownMeasure, Quest } from '../definitions/definitions.rules.ts';
import { versionOf } from '../definitions/definitions.rules.ts';
import { type Enrolment, attemptOf, isFrozen } from './enrolments.rules.ts';
import { type Sight, isStreak } from './reached.rules.ts';

/** A quest has become due already, and completes with any event, one in a period that is filled too. */
export const isDueAlready = -1;

/**
 * The lowest value of a measure at which the quest could complete for the player, 0 where only a look can tell, or `isDueAlready`; null: at none. Below it an
 * event needs nothing but its value. It may be too low, and never too high.
 */
export function nextOf(quest: Quest, enrolment: Enrolment, measure: KnownMeasure, sight: Sight): number | null {
  const version = versionOf(quest, enrolment.version);
  if (isFrozen(version, sight)) return null;
  const { terms, objectives } = version;
  const attempt = attemptOf(version, enrolment, sight);
  // What is due already is earned with the next event, and what happens in a cooldown is taken away, event by event.
  if (attempt.due > enrolment.completions) return isDueAlready;
  if (attempt.isDone && version === quest.latest) return null;
  if (enrolment.coolsUntil !== null) return 0;
  const { value } = sight.valueOf(measure);
  let lowest: number | null = null;
  for (const [n, objective] of objectives.entries()) {
    if (objective.measure.id !== measure.id) continue;
    const { target } = objective.terms;
    if (isStreak(objective) || measure.aggregation === 'PERIODS') return 0;
    const toward = attempt.toward[n]!;
    const step = terms.steps.find((one) => one.target > toward)?.target ?? target;
    if (measure.aggregation === 'MAX') {
      if (attempt.reached[n]!.whole > 0) continue;
      lowest = Math.min(lowest ?? Infinity, Math.max(step, value + 1));
      continue;
    }
    // Of all objectives that are needed, one that has come far enough waits for the others.
    if (toward < step) lowest = Math.min(lowest ?? Infinity, value + step - toward);
  }
  return lowest;
}
