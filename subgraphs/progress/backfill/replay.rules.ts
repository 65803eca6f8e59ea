import type { EventEnvelope } from '../../../shared/events.ts';
import type { QuestTerms } from '../../../shared/questTerms.rules.ts';
import { apply } from '../counting/apply.rules.ts';
import type { Completed } from '../counting/changes.rules.ts';
import type { Enrolment } from '../enrolments/enrolments.rules.ts';
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

/** Replays events of one player, the earliest first and in as many portions as one likes. `completions`: of all quests, so that it is known what is open. */
export function replayOf(
  userId: string,
  { timeline, pauses }: Pick<PlayerState, 'timeline' | 'pauses'>,
  completions: ReadonlyMap<string, number>,
  alone: Definitions,
  newId: () => string,
) {
  const [quest] = alone.quests;
  const counted = new Map<string, { measure: KnownMeasure; bucket: number; counted: Counted }>();
  const seen = new Map<string, Set<string>>();
  const enrolments = new Map<string, { bucket: number; enrolment: Enrolment }>();
  const completed = new Map<number, Completed[]>();
  const others = new Map([...completions].filter(([id]) => id !== quest!.id));
  let count = 0;
  return {
    take(events: readonly EventEnvelope[]): void {
      const state = {
        userId,
        timeline,
        pauses,
        counted: new Map([...counted].map(([key, one]) => [key, one.counted])),
        seen,
        enrolments: new Map([...enrolments].map(([key, one]) => [key, one.enrolment])),
        completions: new Map(others).set(quest!.id, count),
      };
      // The completions of before are among the events, and those that it makes are counted once they are stored.
      const changes = apply(state, events, alone, newId, 0);
      for (const [key, change] of changes.counted) counted.set(key, change);
      for (const { measure, bucket, digest } of changes.seen) {
        const key = keyOf(measure.id, bucket);
        seen.set(key, (seen.get(key) ?? new Set()).add(digest));
      }
      for (const [key, change] of changes.enrolments) enrolments.set(key, change);
      for (const one of changes.completed) completed.set(one.bucket, [...(completed.get(one.bucket) ?? []), one]);
      count += changes.completed.length;
    },
    end: (): Replayed => ({ counted, seen, enrolments, completed }),
  };
}
