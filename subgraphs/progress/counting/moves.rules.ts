import type { EventEnvelope, EventPayloads } from '../../../shared/events.ts';
import type { Timeline } from '../calendar/calendar.rules.ts';
import { type Active, activityOf, isFilled, together } from '../calendar/streak.rules.ts';
import type { Definitions, KnownMeasure } from '../definitions/definitions.rules.ts';
import { isDueAlready } from '../enrolments/next.rules.ts';
import { contributionOf, isInside } from './measures.rules.ts';
import { type Counted, bucketOf, keyOf, timelineOf } from './player.rules.ts';
import type { Changes } from './changes.rules.ts';
import { greatest, merge, one } from './values.rules.ts';

/** What one event adds to one value of a player. */
export interface Move {
  key: string;
  measure: KnownMeasure;
  bucket: number;
  at: number;
  amount: number;
  /** Of DISTINCT: a digest of the value that it shows. */
  text: string | null;
  /** Of PERIODS: the period in which it lies. */
  active: Active | null;
  /** The quest whose completion the event tells, which does not count it. */
  of: string | null;
}

/** The quest whose completion an event tells; null: it tells something else. */
export const completedIn = ({ source, type, data }: Pick<EventEnvelope, 'source' | 'type' | 'data'>): string | null =>
  source === 'progress' && type === 'QuestCompleted' ? (data as EventPayloads['QuestCompleted']).questId : null;

/** What an event moves. */
export function movesOf(
  event: Pick<EventEnvelope, 'source' | 'type' | 'data' | 'occurredAt'>,
  definitions: Definitions,
  timeline: Timeline,
): Move[] {
  const at = Date.parse(event.occurredAt);
  return definitions.measuresOf(event.type, event.data).flatMap((measure): Move[] => {
    if (!isInside(measure, at)) return [];
    const added = contributionOf(measure, event.data);
    if ('leftOut' in added) return [];
    const bucket = bucketOf(measure, timeline, at);
    const { period, graceHours } = measure;
    const active = period && activityOf({ period, graceHours }, timelineOf(measure, timeline), at);
    const [amount, text] = 'text' in added ? [1, definitions.digest(added.text)] : [added.amount, null];
    const key = keyOf(measure.id, bucket);
    return [{ key, measure, bucket, at, amount, text, active, of: completedIn(event) }];
  });
}

/** The value after a move; the very same when the move changes nothing. `seen`: what a DISTINCT value has seen, which grows. */
export function moved(counted: Counted, { measure, at, amount, text, active }: Move, seen: Set<string>): Counted {
  const added = one(at, amount);
  switch (measure.aggregation) {
    case 'MAX':
      return amount <= counted.value.value ? counted : { ...counted, value: greatest(counted.value, added) };
    case 'DISTINCT':
      if (seen.has(text!) || counted.value.value >= measure.valuesAtMost) return counted;
      seen.add(text!);
      return { ...counted, value: merge(counted.value, added, []) };
    case 'PERIODS': {
      const before = counted.spans.get(active!.span);
      const after = before ? together(before, active!, measure.perPeriod) : active!;
      if (before && before.early === after.early && before.later === after.later) return counted;
      const isNews = isFilled(after, measure.perPeriod) && !(before && isFilled(before, measure.perPeriod));
      const spans = new Map(counted.spans).set(after.span, after);
      return { ...counted, spans, value: merge(counted.value, { ...added, value: isNews ? 1 : 0 }, []) };
    }
    default:
      return { ...counted, value: merge(counted.value, added, measure.starts) };
  }
}

/** May a quest have completed by a move that has brought its value there? What is not known yet may. */
export function mayComplete({ aggregation }: KnownMeasure, before: Counted | undefined, after: Counted): boolean {
  if (!before || before.nextAt < 0) return true;
  if (after.next === null) return false;
  if (after.next === isDueAlready) return true;
  return aggregation === 'PERIODS' ? after !== before : after.value.value >= after.next;
}

/**
 * The values after these moves, where values are all that changes; null: a quest may have to be looked at, see `apply`. Values that a move leaves
 * as they are are left out.
 */
export function countOnly(
  known: ReadonlyMap<string, Counted>,
  seenBefore: ReadonlyMap<string, ReadonlySet<string>>,
  moves: readonly Move[],
): Pick<Changes, 'counted' | 'seen'> | null {
  const counted = new Map<string, { measure: KnownMeasure; bucket: number; counted: Counted }>();
  const news: Changes['seen'][number][] = [];
  const seen = new Map<string, Set<string>>();
  for (const move of moves) {
    const { key, measure, bucket, text, of } = move;
    if (of !== null && measure.quests.some(({ id }) => id === of)) return null;
    const before = counted.get(key)?.counted ?? known.get(key);
    if (!before) return null;
    const texts = seen.get(key) ?? new Set(seenBefore.get(key));
    seen.set(key, texts);
    const wasSeen = text !== null && texts.has(text);
    const after = moved(before, move, texts);
    if (before.nextAt < measure.changedAt || mayComplete(measure, before, after)) return null;
    if (text !== null && !wasSeen && texts.has(text)) news.push({ measure, bucket, digest: text });
    if (after !== before) counted.set(key, { measure, bucket, counted: after });
  }
  return { counted, seen: news };
}
