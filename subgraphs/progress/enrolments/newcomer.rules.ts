import type { Quest, Version } from '../definitions/definitions.rules.ts';
import { type Enrolment, isFrozen } from './enrolments.rules.ts';
import { type Counted, keyOf } from '../counting/player.rules.ts';
import { type Sight, rebase } from './reached.rules.ts';

/**
 * The enrolment of whom nothing is written down, in one bucket: by the version that was in force when the first value was written that the quest
 * reads. Who was there before the quest begins at the values of then, which are those of before the first event since.
 */
export function newcomerOn(
  quest: Quest,
  bucket: number,
  counted: ReadonlyMap<string, Pick<Counted, 'born' | 'nextAt'>>,
  sequence: number,
  sight: Sight,
): Enrolment {
  // Versions that do, or do not, begin anew each period have buckets to themselves.
  const versions = quest.versions.filter(({ terms }) => (terms.every === null) === (bucket === 0));
  const values = versions
    .flatMap(({ objectives }) => objectives)
    .flatMap(({ measure }) => counted.get(keyOf(measure.id, bucket)) ?? []);
  const born = Math.min(sequence, ...values.map((value) => value.born));
  const version = versions.findLast(({ knownSince }) => knownSince <= born) ?? versions[0] ?? quest.latest;
  const isSettled = born >= version.knownSince || values.some(({ nextAt }) => nextAt >= version.knownSince);
  return startingOn(version, isSettled ? null : sight);
}

function startingOn(version: Version, sight: Sight | null): Enrolment {
  const { number, objectives, startsAt } = version;
  const base = objectives.map((objective) =>
    sight ? rebase(objective, startsAt, 0, null, isFrozen(version, sight), sight) : null,
  );
  return { version: number, base, attemptsAtBase: 0, completionsAtBase: 0, completions: 0, coolsUntil: null };
}
