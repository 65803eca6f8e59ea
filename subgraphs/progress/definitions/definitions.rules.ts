import type { Pause } from '../calendar/pauses.rules.ts';
import type { ObjectiveTerms, QuestTerms } from '../../../shared/questTerms.rules.ts';
import { indexed } from '../counting/conditions.rules.ts';
import { type Measure, identityOf, isShared, measureOf } from '../counting/measures.rules.ts';

/** The quests as progress counts them, compiled once for each state of the definitions. */

/** A measure that quests read. */
export interface KnownMeasure extends Measure {
  id: string;
  /** Of a shared one: when quests that read it start, in milliseconds since 1970. */
  starts: readonly number[];
  /** Of DISTINCT: so many values are told apart at most, because no quest asks for more. */
  valuesAtMost: number;
  /** The quests that read it by any of their versions. */
  quests: readonly Quest[];
  /** The state of the definitions in which one of these quests changed last. */
  changedAt: number;
}

export interface Objective {
  terms: ObjectiveTerms;
  measure: KnownMeasure;
}

export interface Version {
  terms: QuestTerms;
  /** Of the quest, for everybody. */
  pauses: readonly Pause[];
  number: number;
  /** The state of the definitions since which it is known. */
  knownSince: number;
  /** Milliseconds since 1970 */
  startsAt: number;
  objectives: readonly Objective[];
  /** Completions that one attempt is worth: one, or as many as it has steps. */
  perAttempt: number;
}

export interface Quest {
  id: string;
  /** The oldest first; never empty. */
  versions: readonly Version[];
  latest: Version;
  /** The state of the definitions in which it, or a pause of it, changed last. */
  changedAt: number;
  /** Quests that a completion of this one may open. */
  dependents: readonly Quest[];
}

export interface Definitions {
  /** How often the definitions have changed. */
  sequence: number;
  /** In the order in which they were defined. */
  quests: readonly Quest[];
  byId: ReadonlyMap<string, Quest>;
  measures: ReadonlyMap<string, KnownMeasure>;
  pauses: readonly StoredPause[];
  /** The measures whose conditions an event of this type with these data meets. */
  measuresOf(type: string, data: unknown): readonly KnownMeasure[];
  /** Of the identity of a measure, and of a value that DISTINCT tells apart; a UUID by its look. */
  digest(text: string): string;
  /** Measures of events that progress makes itself. */
  ofOwnEvents: readonly KnownMeasure[];
}

/** Types of event that progress makes itself. */
export const ownTypes = ['QuestCompleted', 'RewardClaimed', 'QuestExpired'];

export interface StoredVersion {
  terms: QuestTerms;
  knownSince: number;
}

/** A pause for everybody; `questId` null: of all quests. */
export interface StoredPause extends Pause {
  questId: string | null;
  knownSince: number;
}

/** Compiles the versions of quests; quests in the order in which they were defined. */
export function definitionsOf(
  sequence: number,
  quests: readonly (readonly StoredVersion[])[],
  digest: (identity: string) => string,
  pauses: readonly StoredPause[] = [],
): Definitions {
  const measures = new Map<string, Building>();
  const compiled = quests.map((stored) => questOf(stored, measures, digest, pauses));
  const byId = new Map(compiled.map((quest) => [quest.id, quest]));
  for (const quest of compiled)
    for (const id of new Set(quest.versions.flatMap(({ terms }) => terms.requires)))
      (byId.get(id)?.dependents as Quest[] | undefined)?.push(quest);
  const counted = [...measures.values()].filter(({ quests }) => quests.some(isCounted));
  const byType = new Map<string, KnownMeasure[]>();
  for (const measure of counted)
    for (const type of measure.events) byType.set(type, [...(byType.get(type) ?? []), measure]);
  const found = new Map(
    [...byType].map(([type, all]) => [type, indexed(all.map((measure) => ({ where: measure.where, of: measure })))]),
  );
  return {
    sequence,
    quests: compiled,
    byId,
    measures,
    pauses,
    digest,
    measuresOf: (type, data) => found.get(type)?.(data) ?? [],
    ofOwnEvents: counted.filter(({ events }) => events.some((type) => ownTypes.includes(type))),
  };
}

interface Building extends KnownMeasure {
  starts: number[];
  quests: Quest[];
}

/** Does an objective count periods in a row? */
export const isInARow = ({ measure, consecutive }: ObjectiveTerms): boolean => measure === 'PERIODS' && consecutive;

function questOf(
  stored: readonly StoredVersion[],
  measures: Map<string, Building>,
  digest: (identity: string) => string,
  all: readonly StoredPause[],
): Quest {
  const ordered = [...stored].sort((one, other) => one.terms.version - other.terms.version);
  // A version that came after a newer one was never in force.
  let knownSince = Infinity;
  const since = ordered.toReversed().map((version) => (knownSince = Math.min(knownSince, version.knownSince)));
  since.reverse();
  const versions: Version[] = [];
  const dependents: Quest[] = [];
  const id = ordered[0]!.terms.questId;
  // What counts nothing in a row has nothing to do with pauses, and is not looked at again because of one.
  const isPaused = ordered.some(({ terms }) => terms.objectives.some(isInARow));
  const pauses = isPaused ? all.filter(({ questId }) => questId === null || questId === id) : [];
  const changedAt = Math.max(...[...ordered, ...pauses].map((one) => one.knownSince));
  const quest: Quest = { id, versions, latest: undefined!, changedAt, dependents };
  for (const [n, { terms }] of ordered.entries()) {
    const startsAt = Date.parse(terms.startsAt);
    const perAttempt = Math.max(1, terms.steps.length);
    const objectives = terms.objectives.map((objective): Objective => {
      const specification = measureOf(terms, objective);
      const id = digest(identityOf(specification));
      const known = measures.get(id) ?? { ...specification, id, starts: [], valuesAtMost: 0, quests: [], changedAt: 0 };
      measures.set(id, known);
      if (isShared(known) && !known.starts.includes(startsAt)) known.starts.push(startsAt);
      if (!known.quests.includes(quest)) known.quests.push(quest);
      known.changedAt = Math.max(known.changedAt, changedAt);
      // An attempt of one version may begin where those of another have ended.
      // Its own completions are told apart too, and not counted.
      const own = objective.events.includes('QuestCompleted') ? perAttempt : 0;
      known.valuesAtMost += (objective.target + own) * terms.duplication;
      return { terms: objective, measure: known };
    });
    versions.push({ terms, pauses, number: terms.version, knownSince: since[n]!, startsAt, objectives, perAttempt });
  }
  return Object.assign(quest, { latest: versions.at(-1)! });
}

/** Does anything that happens move the quest? Attempts that have begun may end after it was archived. */
const isCounted = ({ latest: { terms } }: Quest): boolean => terms.archivedAt === null || terms.onArchive === 'FINISH';

export function versionOf(quest: Quest, number: number): Version {
  return quest.versions.find((version) => version.number === number) ?? quest.latest;
}
