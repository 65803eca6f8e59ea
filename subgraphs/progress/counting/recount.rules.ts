import type { EventEnvelope } from '../../../shared/events.ts';
import { type Timeline, spanAt, startOfSpan } from '../calendar/calendar.rules.ts';
import { type Active, isFilled } from '../calendar/streak.rules.ts';
import type { Definitions, KnownMeasure } from '../definitions/definitions.rules.ts';
import type { Changes } from './changes.rules.ts';
import { moved, movesOf } from './moves.rules.ts';
import { type Counted, uncounted } from './player.rules.ts';

/**
 * What was counted by a player's own calendar, when it becomes known only afterwards that the player had moved. Events are counted again by the
 * calendar as it is known now, and what was counted before stays: a period that was filled stays filled, a week that had come so far has come as
 * far, and what has been completed is completed. So a message that was late takes nothing from anybody, and the periods in which the player
 * really was are filled as if it had come in time. Completions that this makes due are made with the player's next event.
 */

/** Measures that divide time by the player's own calendar. */
export const ownTimeMeasures = ({ measures }: Definitions): KnownMeasure[] => [...measures.values()].filter(isOwnTime);

const unitOf = ({ every, period }: KnownMeasure) => every ?? period;
const isOwnTime = (measure: KnownMeasure) => measure.timeZone === null && unitOf(measure) !== null;

/** From where on events have to be counted again, so that each period that may have changed is counted as a whole. */
export function recountedFrom(measures: readonly KnownMeasure[], timeline: Timeline, from: number): number {
  if (from === -Infinity) return from;
  const starts = measures.map((measure) => {
    const unit = unitOf(measure)!;
    return startOfSpan(timeline, unit, spanAt(timeline, unit, from));
  });
  return Math.min(from, ...starts);
}

/** Counts stored events again, in as many portions as one likes; `place`: the order in which they were stored. */
export function recounting(timeline: Timeline, definitions: Definitions, since: ReadonlyMap<string, number>) {
  const counted: Map<string, { measure: KnownMeasure; bucket: number; counted: Counted }> = new Map();
  const seen = new Map<string, Set<string>>();
  return {
    counted,
    seen,
    take(events: readonly { event: EventEnvelope; place: number }[]): void {
      for (const { event, place } of events)
        for (const move of movesOf(event, definitions, timeline)) {
          const { key, measure, bucket } = move;
          // What came before the measure was known is left to backfills.
          if (!isOwnTime(measure) || place <= (since.get(measure.id) ?? 0)) continue;
          const texts = seen.get(key) ?? new Set();
          seen.set(key, texts);
          const before = counted.get(key)?.counted ?? uncounted(definitions.sequence);
          counted.set(key, { measure, bucket, counted: moved(before, move, texts) });
        }
    },
  };
}

/** What is kept of a player with what was counted again. */
export function withRecounted(
  userId: string,
  again: Pick<ReturnType<typeof recounting>, 'counted' | 'seen'>,
  kept: ReadonlyMap<string, Counted>,
  keptSeen: ReadonlyMap<string, ReadonlySet<string>>,
): Pick<Changes, 'userId' | 'counted' | 'seen'> {
  const news = [...again.seen].flatMap(([key, texts]) => {
    const { measure, bucket } = again.counted.get(key)!;
    const room = Math.max(0, measure.valuesAtMost - (keptSeen.get(key)?.size ?? 0));
    const added = measure.aggregation === 'DISTINCT' ? [...texts].filter((text) => !keptSeen.get(key)?.has(text)) : [];
    return added.slice(0, room).map((digest) => ({ key, measure, bucket, digest }));
  });
  const counted = [...again.counted].map(([key, { measure, bucket, counted: one }]) => {
    const seen = (keptSeen.get(key)?.size ?? 0) + news.filter((text) => text.key === key).length;
    const known = kept.get(key);
    return [key, { measure, bucket, counted: known ? larger(measure, known, one, seen) : one }] as const;
  });
  return {
    userId,
    counted: new Map(counted),
    seen: news.map(({ measure, bucket, digest }) => ({ measure, bucket, digest })),
  };
}

/** Whatever reads it is looked at with the next event. */
function larger(measure: KnownMeasure, kept: Counted, again: Counted, seen: number): Counted {
  const spans = new Map(kept.spans);
  for (const [span, active] of again.spans) spans.set(span, fuller(spans.get(span), active));
  const filled = [...spans.values()].filter((active) => isFilled(active, measure.perPeriod)).length;
  const value =
    measure.aggregation === 'PERIODS'
      ? filled
      : measure.aggregation === 'DISTINCT'
        ? seen
        : Math.max(kept.value.value, again.value.value);
  const firstAt = Math.min(kept.value.firstAt, again.value.firstAt);
  const lastAt = Math.max(kept.value.lastAt, again.value.lastAt);
  return { ...kept, spans, value: { ...kept.value, value, firstAt, lastAt }, next: 0, nextAt: -1 };
}

/** A period is as full as either knows. */
const fuller = (one: Active | undefined, other: Active): Active => ({
  span: other.span,
  early: Math.max(one?.early ?? 0, other.early),
  later: Math.max(one?.later ?? 0, other.later),
});
