import type { Quest } from '../definitions/definitions.rules.ts';
import { versionOf } from '../definitions/definitions.rules.ts';
import { type Enrolment, fold, isFrozen, unlock } from './enrolments.rules.ts';
import { newcomerOn } from './newcomer.rules.ts';
import type { PlayerState } from '../counting/player.rules.ts';
import { sightOf } from '../counting/player.rules.ts';

/**
 * The enrolment on a quest once another was completed for the first time: it may open by that, and counts what happens from then on. One that
 * begins anew has no need of it: there the period under way counts as a whole, and so does whatever comes late of those before.
 */
export function opening(
  dependent: Quest,
  completed: Pick<Quest, 'id'>,
  known: Enrolment | undefined,
  state: Pick<PlayerState, 'timeline' | 'pauses' | 'counted' | 'completions'>,
  sequence: number,
  at: number,
): Enrolment {
  const before = sightOf(state, 0, at);
  const after = sightOf({ ...state, completions: new Map(state.completions).set(completed.id, 1) }, 0, at);
  const start = known ?? newcomerOn(dependent, 0, state.counted, sequence, before);
  const enrolment = fold(dependent, start, before);
  const version = versionOf(dependent, enrolment.version);
  const opens = isFrozen(version, before) && !isFrozen(version, after);
  return opens ? unlock(dependent, enrolment, before, after) : enrolment;
}

/** Does it count from when it opens on, and not whole periods? */
export const opensAtOnce = ({ latest }: Quest): boolean => latest.terms.every === null;
