import type { EventEnvelope, EventPayloads } from '../../../shared/events.ts';
import { isPaidAtOnce } from '../completions/claim.rules.ts';
import type { Definitions, KnownMeasure, Quest } from '../definitions/definitions.rules.ts';
import { versionOf } from '../definitions/definitions.rules.ts';
import { type Enrolment, advance, fold } from '../enrolments/enrolments.rules.ts';
import { type Move, completedIn, mayComplete, moved, movesOf } from './moves.rules.ts';
import type { Changes, Completed } from './changes.rules.ts';
import { cooling, isCooling, passedOver } from '../enrolments/cooldown.rules.ts';
import { newcomerOn } from '../enrolments/newcomer.rules.ts';
import { nextOf } from '../enrolments/next.rules.ts';
import { opening, opensAtOnce } from '../enrolments/opening.rules.ts';
import { type Counted, type PlayerState, keyOf, sightOf, uncounted } from './player.rules.ts';
import { type Sight, isBeforeStart, readingOf } from '../enrolments/reached.rules.ts';

/** Events made by completions count for further quests, and these make events again, so many times at most. */
export const depthAtMost = 10;

interface Waiting {
  event: EventEnvelope;
  /** How many times more events that it makes count. */
  left: number;
}

interface Look {
  move: Move;
  after: Counted;
  quests: readonly Quest[];
}

/**
 * What events of one player come to, one at a time and in the order in which they happened. All values and enrolments that they may touch are in
 * `state`. `newId` makes the ids of completions; `depth`: how many times events of their own count, none where these are among `events`.
 */
export function apply(
  state: PlayerState,
  events: readonly EventEnvelope[],
  definitions: Definitions,
  newId: () => string,
  depth = depthAtMost,
): Changes {
  const { userId, timeline, pauses } = state;
  const counted = new Map(state.counted);
  const seen = new Map([...state.seen].map(([key, texts]) => [key, new Set(texts)]));
  const enrolments = new Map(state.enrolments);
  const completions = new Map(state.completions);
  const completedAt = new Map(state.completedAt);
  const now = { timeline, pauses, counted, completions };
  const changed: {
    -readonly [Key in 'counted' | 'enrolments']: Map<
      string,
      Changes[Key] extends ReadonlyMap<string, infer V> ? V : never
    >;
  } = {
    counted: new Map(),
    enrolments: new Map(),
  };
  const [news, completed, own]: [Move[], Completed[], EventEnvelope[]] = [[], [], []];

  const enrolmentOf = (quest: Quest, bucket: number, sight: Sight): Enrolment => {
    const key = keyOf(quest.id, bucket);
    const known = enrolments.get(key);
    if (known) return known;
    const enrolment = newcomerOn(quest, bucket, counted, definitions.sequence, sight);
    enrolments.set(key, enrolment);
    if (enrolment.base.some((base) => base !== null)) changed.enrolments.set(key, { quest, bucket, enrolment });
    return enrolment;
  };
  const enrol = (quest: Quest, bucket: number, enrolment: Enrolment) => {
    const key = keyOf(quest.id, bucket);
    if (enrolments.get(key) === enrolment) return;
    enrolments.set(key, enrolment);
    changed.enrolments.set(key, { quest, bucket, enrolment });
  };

  const completedBefore = (quest: Quest, bucket: number) => completedAt.get(keyOf(quest.id, bucket)) ?? [];

  /** By the key of a value: the quests that were looked at. */
  const looked = new Map<string, 'all' | ReadonlySet<Quest>>();
  /** By the keys of enrolments: quests of which one value has moved, so that what was found out about the others holds no more. */
  const touched = new Set<string>();
  const opened = new Set<Quest>();

  const waiting: Waiting[] = [...events].sort(byOccurrence).map((event) => ({ event, left: depth }));
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { event, left } = next;
    const of = completedIn(event);
    const at = Date.parse(event.occurredAt);
    const looks = movesOf(event, definitions, timeline).map(look);
    // By what was before the event: it counts by the versions of now.
    const affected = affectedBy(looks).map(({ quest, bucket }) => {
      touched.add(keyOf(quest.id, bucket));
      const sight = sightOf(now, bucket, at);
      enrol(quest, bucket, fold(quest, enrolmentOf(quest, bucket, sight), sight));
      const enrolment = enrolmentOf(quest, bucket, sight);
      const isPassedOver = quest.id === of || isCooling(quest, enrolment, completedBefore(quest, bucket), at);
      const version = versionOf(quest, enrolment.version);
      const readings = isPassedOver ? version.objectives.map((one) => readingOf(one, version.startsAt, sight)) : null;
      return { quest, bucket, readings };
    });
    for (const { move, after } of looks) {
      counted.set(move.key, after);
      changed.counted.set(move.key, { measure: move.measure, bucket: move.bucket, counted: after });
    }
    const earned = affected.flatMap(({ quest, bucket, readings }) => {
      const sight = sightOf(now, bucket, at);
      const enrolment = enrolmentOf(quest, bucket, sight);
      if (readings) {
        enrol(quest, bucket, passedOver(versionOf(quest, enrolment.version), enrolment, readings, sight));
        return [];
      }
      // What is due is left to an event that counts.
      const { objectives, startsAt } = versionOf(quest, enrolment.version);
      if (objectives.every((objective) => isBeforeStart(objective, startsAt, at, sight))) return [];
      const result = advance(quest, enrolment, sight);
      const isCooled = result.earned.length > 0 && quest.latest.terms.cooldownSeconds > 0;
      enrol(quest, bucket, isCooled ? cooling(quest, result.enrolment, at) : result.enrolment);
      if (isCooled) completedAt.set(keyOf(quest.id, bucket), [...completedBefore(quest, bucket), at]);
      return result.earned.map((one) => ({ ...one, bucket }));
    });
    const made: Waiting[] = [];
    for (const { version, step, bucket } of earned) {
      const quest = definitions.byId.get(version.terms.questId)!;
      const number = (completions.get(quest.id) ?? 0) + 1;
      if (number === 1) open(quest, at);
      completions.set(quest.id, number);
      const completion = { id: newId(), userId, bucket, number, version, step, completedAt: event.occurredAt };
      completed.push(completion);
      const told = completedEvent(completion);
      own.push(told);
      if (left > 0) made.push({ event: told, left: left - 1 });
    }
    waiting.unshift(...made);
  }

  /** What a move does to its value, and which quests may care: all that read it, or, below the value at which one could complete, those that are new. */
  function look(move: Move): Look {
    const { key, measure, text, of } = move;
    const texts = seen.get(key) ?? new Set<string>();
    seen.set(key, texts);
    const known = counted.get(key);
    const wasSeen = text !== null && texts.has(text);
    const after = moved(known ?? uncounted(definitions.sequence), move, texts);
    if (text !== null && !wasSeen && texts.has(text)) news.push(move);
    const isWhole = mayComplete(measure, known, after);
    const quests = isWhole
      ? measure.quests
      : measure.quests.filter(
          (quest) =>
            quest.changedAt > known!.nextAt ||
            quest.id === of ||
            opened.has(quest) ||
            touched.has(keyOf(quest.id, move.bucket)),
        );
    lookAt(key, isWhole ? 'all' : quests);
    return { move, after, quests };
  }

  function lookAt(key: string, quests: 'all' | readonly Quest[]): void {
    const before = looked.get(key);
    looked.set(key, before === 'all' || quests === 'all' ? 'all' : new Set([...(before ?? []), ...quests]));
  }

  /** What was found out about quests that the first completion of another opens holds no more. */
  function open(quest: Quest, at: number): void {
    for (const dependent of quest.dependents) {
      opened.add(dependent);
      if (!opensAtOnce(dependent)) continue;
      const known = enrolments.get(keyOf(dependent.id, 0));
      enrol(dependent, 0, opening(dependent, quest, known, now, definitions.sequence, at));
    }
  }

  lookAhead();
  return {
    userId,
    ...changed,
    opened: [...opened].filter((quest) => !opensAtOnce(quest)),
    seen: news.map(({ measure, bucket, text }) => ({ measure, bucket, digest: text! })),
    completed,
    own,
  };

  /** Notes from which values on quests have to be looked at again. */
  function lookAhead(): void {
    const at = Math.max(...events.map(({ occurredAt }) => Date.parse(occurredAt)));
    const lowest = (measure: KnownMeasure, bucket: number, quests: readonly Quest[]) => {
      const sight = sightOf(now, bucket, at);
      return quests
        .map((quest) => nextOf(quest, enrolmentOf(quest, bucket, sight), measure, sight))
        .reduce(lower, null);
    };
    for (const [key, { measure }] of changed.counted)
      lookAt(
        key,
        measure.quests.filter((quest) => opened.has(quest)),
      );
    const isMoved = new Set(changed.counted.keys());
    for (const { quest, bucket, enrolment } of changed.enrolments.values())
      for (const { measure } of versionOf(quest, enrolment.version).objectives)
        lookAt(keyOf(measure.id, bucket), [quest]);
    for (const [key, { measure, bucket, counted: after }] of changed.counted) {
      const quests = looked.get(key)!;
      const isWhole = quests === 'all';
      const found = lowest(measure, bucket, isWhole ? measure.quests : [...quests]);
      const next = isWhole ? found : lower(state.counted.get(key)!.next, found);
      changed.counted.set(key, { measure, bucket, counted: { ...after, next, nextAt: definitions.sequence } });
    }
    // Other measures of these quests: what was found out about them holds, unless one of these quests asks for less now.
    for (const { quest, bucket } of changed.enrolments.values())
      for (const { measure } of versionOf(quest, enrolments.get(keyOf(quest.id, bucket))!.version).objectives) {
        const key = keyOf(measure.id, bucket);
        const before = changed.counted.get(key)?.counted ?? counted.get(key);
        if (isMoved.has(key) || !before || before.nextAt < measure.changedAt) continue;
        const wanted = lowest(measure, bucket, [quest]);
        if (wanted === null || (before.next !== null && before.next <= wanted)) continue;
        changed.counted.set(key, { measure, bucket, counted: { ...before, next: wanted } });
      }
  }
}

/** Those that happened first come first, whatever the order in which they came. */
const byOccurrence = (one: EventEnvelope, other: EventEnvelope) =>
  one.occurredAt < other.occurredAt || (one.occurredAt === other.occurredAt && one.id < other.id) ? -1 : 1;

/** The lower one; null is higher than all. */
const lower = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.min(one, other);

function affectedBy(looks: readonly Look[]): { quest: Quest; bucket: number }[] {
  const found = new Map<string, { quest: Quest; bucket: number }>();
  for (const { quests, move } of looks)
    for (const quest of quests) found.set(keyOf(quest.id, move.bucket), { quest, bucket: move.bucket });
  return [...found.values()];
}

/** What is told of a completion. */
export function completedEvent({ id, userId, number, version, completedAt }: Completed): EventEnvelope {
  const { questId, version: questVersion } = version.terms;
  const data: EventPayloads['QuestCompleted'] = {
    completionId: id,
    questId,
    questVersion,
    number,
    autoClaimed: isPaidAtOnce(version.terms),
  };
  return { id, source: 'progress', type: 'QuestCompleted', version: 1, userId, occurredAt: completedAt, data };
}
