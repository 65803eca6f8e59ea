import type { EventEnvelope } from '../../../shared/events.ts';
import type { QuestTerms } from '../../../shared/questTerms.rules.ts';
import { apply } from '../counting/apply.rules.ts';
import type { Completed } from '../counting/changes.rules.ts';
import type { Enrolment } from '../enrolments/enrolments.rules.ts';
import { isDueAlready } from '../enrolments/next.rules.ts';
import { opening, opensAtOnce } from '../enrolments/opening.rules.ts';
import { type Counted, type PlayerState, keyOf } from '../counting/player.rules.ts';
import { type Definitions, type KnownMeasure, definitionsOf } from '../definitions/definitions.rules.ts';

/** The definitions as if there were one version of one quest and nothing else; its values serve whoever else reads them. */
export function aloneOf(definitions: Definitions, terms: QuestTerms): Definitions {
  const { sequence, digest, pauses } = definitions;
  const alone = definitionsOf(sequence, [[{ terms, knownSince: sequence }]], digest, pauses);
  for (const [id, measure] of alone.measures) {
    const { starts = [], valuesAtMost = 0 } = definitions.measures.get(id) ?? {};
    Object.assign(measure, {
      starts: [...new Set([...measure.starts, ...starts])],
      valuesAtMost: Math.max(measure.valuesAtMost, valuesAtMost),
    });
  }
  return alone;
}

/** What all that was recorded of a player comes to for one quest. */
export interface Replayed {
  counted: ReadonlyMap<string, { measure: KnownMeasure; bucket: number; counted: Counted }>;
  /** By the key of a DISTINCT value. */
  seen: ReadonlyMap<string, ReadonlySet<string>>;
  enrolments: ReadonlyMap<string, { bucket: number; enrolment: Enrolment }>;
  /** By bucket, in the order in which they were earned. */
  completed: ReadonlyMap<number, readonly Completed[]>;
}

/** When the last of the quests was completed for the first time that another requires, in milliseconds since 1970; null: not all are. */
export function openedAt(requires: readonly string[], firstAt: ReadonlyMap<string, number>): number | null {
  const instants = requires.map((id) => firstAt.get(id));
  return instants.includes(undefined) ? null : Math.max(-Infinity, ...instants.map(Number));
}

/**
 * Replays events of one player, the earliest first and in as many portions as one likes. `firstAt`: when each quest that this one requires was completed
 * first; what happened until all were counts no more than it does for a player who waits for them.
 */
export function replayOf(
  userId: string,
  { timeline, pauses }: Pick<PlayerState, 'timeline' | 'pauses'>,
  firstAt: ReadonlyMap<string, number>,
  alone: Definitions,
  newId: () => string,
) {
  const quest = alone.quests[0]!;
  const counted = new Map<string, { measure: KnownMeasure; bucket: number; counted: Counted }>();
  const seen = new Map<string, Set<string>>();
  const enrolments = new Map<string, { bucket: number; enrolment: Enrolment }>();
  const completed = new Map<number, Completed[]>();
  const { requires } = quest.latest.terms;
  const opens = openedAt(requires, firstAt);
  let isLocked = requires.length > 0;
  let count = 0;

  const stateOf = (done: readonly string[]): PlayerState => ({
    userId,
    timeline,
    pauses,
    counted: new Map([...counted].map(([key, one]) => [key, one.counted])),
    seen,
    enrolments: new Map([...enrolments].map(([key, one]) => [key, one.enrolment])),
    completions: new Map([...done.map((id) => [id, 1] as const), [quest.id, count]]),
    // The earliest comes first, so no event is older than a cooldown.
    completedAt: new Map(),
  });

  function play(events: readonly EventEnvelope[]): void {
    if (events.length === 0) return;
    // The completions of before are among the events, and those that it makes are counted once they are stored.
    const changes = apply(stateOf(isLocked ? [] : requires), events, alone, newId, 0);
    for (const [key, change] of changes.counted) counted.set(key, change);
    for (const { measure, bucket, digest } of changes.seen) {
      const key = keyOf(measure.id, bucket);
      seen.set(key, (seen.get(key) ?? new Set()).add(digest));
    }
    for (const [key, change] of changes.enrolments) enrolments.set(key, change);
    for (const one of changes.completed) completed.set(one.bucket, [...(completed.get(one.bucket) ?? []), one]);
    count += changes.completed.length;
  }

  function open(at: number): void {
    isLocked = false;
    if (counted.size === 0) return;
    const [last, ...others] = requires.toReversed();
    const key = keyOf(quest.id, 0);
    if (opensAtOnce(quest)) {
      const known = enrolments.get(key)?.enrolment;
      const enrolment = opening(quest, { id: last! }, known, stateOf(others), alone.sequence, at);
      enrolments.set(key, { bucket: 0, enrolment });
    } else
      for (const [key, one] of counted) counted.set(key, { ...one, counted: { ...one.counted, next: isDueAlready } });
  }

  return {
    take(events: readonly EventEnvelope[]): void {
      const isEarly = ({ occurredAt }: EventEnvelope) => opens === null || Date.parse(occurredAt) <= opens;
      const early = isLocked ? events.filter(isEarly) : [];
      play(early);
      if (isLocked && opens !== null && early.length < events.length) open(opens);
      play(events.slice(early.length));
    },
    end(): Replayed {
      if (isLocked && opens !== null) open(opens);
      return { counted, seen, enrolments, completed };
    },
  };
}
