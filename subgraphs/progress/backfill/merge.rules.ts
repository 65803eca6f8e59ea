import type { Active } from '../calendar/streak.rules.ts';
import { completedEvent } from '../counting/apply.rules.ts';
import type { Changes } from '../counting/changes.rules.ts';
import { passedOver } from '../enrolments/cooldown.rules.ts';
import { type Enrolment, fold } from '../enrolments/enrolments.rules.ts';
import { isShared } from '../counting/measures.rules.ts';
import { newcomerOn } from '../enrolments/newcomer.rules.ts';
import { isDueAlready } from '../enrolments/next.rules.ts';
import { opening, opensAtOnce } from '../enrolments/opening.rules.ts';
import { type Counted, type PlayerState, keyOf, sightOf } from '../counting/player.rules.ts';
import { readingOf } from '../enrolments/reached.rules.ts';
import { since } from '../counting/values.rules.ts';
import {
  type Definitions,
  type KnownMeasure,
  type Quest,
  type Version,
  versionOf,
} from '../definitions/definitions.rules.ts';
import type { Replayed } from './replay.rules.ts';

/**
 * What a backfill changes of a player: values become what was recorded; the quest completes as often as it is worth by that and has not been
 * completed yet; all else that reads these values stands as it stood. `at`: now.
 */
export function merged(
  state: PlayerState,
  replayed: Replayed,
  version: Version,
  definitions: Definitions,
  at: number,
): Changes {
  const quest = definitions.byId.get(version.terms.questId)!;
  const counted = new Map(
    [...replayed.counted].map(([key, { measure, bucket, counted: past }]) => {
      const seen = unionOf(state.seen.get(key), replayed.seen.get(key));
      const both = valueOf(measure, version, state.counted.get(key), past, seen.size);
      return [key, { measure: definitions.measures.get(measure.id)!, bucket, counted: both }] as const;
    }),
  );
  const after = {
    ...state,
    counted: new Map([...state.counted, ...[...counted].map(([key, one]) => [key, one.counted] as const)]),
  };
  const enrolments = new Map<string, { quest: Quest; bucket: number; enrolment: Enrolment }>();
  const completed = [];
  let total = state.completions.get(quest.id) ?? 0;

  for (const [key, { quest: one, bucket }] of readersOf([...counted.values()], quest)) {
    const [before, now] = [sightOf(state, bucket, at), sightOf(after, bucket, at)];
    const start = state.enrolments.get(key) ?? newcomerOn(one, bucket, state.counted, definitions.sequence, before);
    const enrolment = fold(one, start, before);
    const earned = one === quest ? (replayed.completed.get(bucket) ?? []) : [];
    const more = earned.slice(enrolment.completions);
    completed.push(...more.map((completion) => ({ ...completion, version, number: ++total })));
    const stands = (by: Version) => by.objectives.map((objective) => readingOf(objective, by.startsAt, before));
    const by = versionOf(one, enrolment.version);
    // Who has completed it as often already goes on from there.
    const next =
      more.length > 0 || (one === quest && enrolment.completions === 0)
        ? (replayed.enrolments.get(key)?.enrolment ??
          newcomerOn(alone(one), bucket, new Map(), definitions.sequence, now))
        : passedOver(by, enrolment, stands(by), now);
    const isWritten = state.enrolments.has(key) || next.base.every((base) => base === null);
    if (next !== start || !isWritten) enrolments.set(key, { quest: one, bucket, enrolment: next });
  }
  const opened = completed.length > 0 && !state.completions.get(quest.id) ? quest.dependents : [];
  for (const one of opened.filter(opensAtOnce)) {
    const key = keyOf(one.id, 0);
    const known = enrolments.get(key)?.enrolment ?? state.enrolments.get(key);
    const enrolment = opening(one, quest, known, after, definitions.sequence, at);
    enrolments.set(key, { quest: one, bucket: 0, enrolment });
  }
  return {
    userId: state.userId,
    counted,
    seen: [...counted].flatMap(([key, { measure, bucket }]) =>
      [...(replayed.seen.get(key) ?? [])]
        .filter((digest) => !state.seen.get(key)?.has(digest))
        .map((digest) => ({ measure, bucket, digest })),
    ),
    enrolments,
    opened,
    completed,
    own: completed.map(completedEvent),
  };
}

const alone = (quest: Quest): Quest => ({ ...quest, versions: [quest.latest] });

/** The quest, and the others that read one of these values, by the keys of their enrolments. */
function readersOf(values: readonly { measure: KnownMeasure; bucket: number }[], quest: Quest) {
  const readers = new Map<string, { quest: Quest; bucket: number }>();
  for (const { measure, bucket } of values)
    for (const one of new Set([quest, ...measure.quests])) readers.set(keyOf(one.id, bucket), { quest: one, bucket });
  return readers;
}

const unionOf = (one: ReadonlySet<string> = new Set(), other: ReadonlySet<string> = new Set()) => one.union(other);

/** What was recorded, and what is kept of events that may be gone by now. Whatever reads the value is looked at with the next event. */
function valueOf(
  measure: KnownMeasure,
  { startsAt }: Version,
  kept: Counted | undefined,
  past: Counted,
  seen: number,
): Counted {
  const next = { next: isDueAlready, nextAt: past.nextAt };
  if (!kept) return { ...past, ...next };
  const both = { ...kept, ...next };
  const larger = kept.value.value > past.value.value ? kept.value : past.value;
  if (measure.aggregation === 'DISTINCT') return { ...both, value: { ...past.value, value: seen } };
  if (measure.aggregation === 'PERIODS') {
    const spans = new Map(kept.spans);
    for (const [span, active] of past.spans) spans.set(span, fuller(spans.get(span), active));
    const filled = [...spans.values()].filter(({ early, later }) => early + later >= measure.perPeriod).length;
    return { ...both, spans, value: { ...larger, value: filled } };
  }
  if (!isShared(measure) || larger === past.value) return { ...both, value: larger };
  // Some events are gone: what happened since the start is what can be seen of it.
  const earlier = kept.value.value - since(past.value, startsAt);
  return { ...both, value: { ...kept.value, starts: { ...kept.value.starts, [startsAt]: earlier } } };
}

/** The same period, of which one may know less. */
const fuller = (one: Active | undefined, other: Active): Active => ({
  span: other.span,
  early: Math.max(one?.early ?? 0, other.early),
  later: Math.max(one?.later ?? 0, other.later),
});
