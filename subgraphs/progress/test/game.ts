import type { EventEnvelope } from '../../../shared/events.ts';
import type { QuestTerms } from '../../../shared/questTerms.rules.ts';
import { type Timeline, livingIn } from '../calendar/calendar.rules.ts';
import type { Active } from '../calendar/streak.rules.ts';
import { apply } from '../counting/apply.rules.ts';
import type { Completed } from '../counting/changes.rules.ts';
import { type Enrolment, fold } from '../enrolments/enrolments.rules.ts';
import { isDueAlready } from '../enrolments/next.rules.ts';
import { newcomerOn } from '../enrolments/newcomer.rules.ts';
import { countOnly, movesOf } from '../counting/moves.rules.ts';
import { type Counted, type PlayerPause, bucketOf, keyOf, sightOf } from '../counting/player.rules.ts';
import { type Standing, standingOf } from '../enrolments/standing.rules.ts';
import { type StoredVersion, definitionsOf } from '../definitions/definitions.rules.ts';
import { measuresOfStreakQuests } from '../pauses/streaks.ts';
import { digestOf } from '../definitions/definitionStore.ts';

/** One player and some quests, in memory: the rules as the process applies them, without a database. */
export function openGame({
  timeline = livingIn('UTC'),
  pauses: known = [],
}: { timeline?: Timeline; pauses?: PlayerPause[] } = {}) {
  const pauses = [...known];
  const stored = new Map<string, StoredVersion[]>();
  let definitions = definitionsOf(0, [], digestOf);
  let ids = 0;
  const counted = new Map<string, Counted>();
  const seen = new Map<string, Set<string>>();
  const enrolments = new Map<string, Enrolment>();
  const completions = new Map<string, number>();
  const completed: Completed[] = [];
  let looks = 0;

  return {
    completed,
    /** How often more than values had to be looked at. */
    looks: () => looks,
    publish(...quests: QuestTerms[]): void {
      const sequence = definitions.sequence + 1;
      for (const terms of quests)
        stored.set(terms.questId, [...(stored.get(terms.questId) ?? []), { terms, knownSince: sequence }]);
      definitions = definitionsOf(sequence, [...stored.values()], digestOf);
    },
    /** As an operator pauses streaks of this player. */
    pause(pause: PlayerPause): void {
      pauses.push(pause);
      const quest = definitions.byId.get(pause.questId ?? '');
      const ids = new Set(measuresOfStreakQuests(quest ? [quest] : definitions.quests).map(({ id }) => id));
      for (const [key, one] of counted) if (ids.has(key.split(' ')[0]!)) counted.set(key, { ...one, nextAt: -1 });
    },
    /** Events of one batch; resolves to the completions they have made due. */
    play(...events: EventEnvelope[]): Completed[] {
      const moves = events.flatMap((event) => movesOf(event, definitions, timeline));
      const quick = countOnly(counted, seen, moves);
      if (!quick) looks++;
      const completedAt = Map.groupBy(completed, ({ version, bucket }) => keyOf(version.terms.questId, bucket));
      const state = {
        ...{ userId: 'player', timeline, pauses, counted, seen, enrolments, completions },
        completedAt: new Map(
          [...completedAt].map(([key, own]) => [key, own.map((one) => Date.parse(one.completedAt))]),
        ),
      };
      const full = quick ? null : apply(state, events, definitions, () => `completion ${++ids}`);
      const changes = quick ?? full!;
      const opened = (full?.opened ?? []).flatMap(({ latest }) => latest.objectives.map(({ measure }) => measure.id));
      for (const [key, one] of counted)
        if (opened.includes(key.split(' ')[0]!)) counted.set(key, { ...one, next: isDueAlready });
      for (const [key, change] of changes.counted) counted.set(key, change.counted);
      for (const { measure, bucket, digest } of changes.seen) {
        const key = keyOf(measure.id, bucket);
        seen.set(key, (seen.get(key) ?? new Set()).add(digest));
      }
      for (const [key, { enrolment }] of full?.enrolments ?? []) enrolments.set(key, enrolment);
      for (const { version, number } of full?.completed ?? []) completions.set(version.terms.questId, number);
      completed.push(...(full?.completed ?? []));
      return [...(full?.completed ?? [])];
    },
    countOf: ({ questId }: Pick<QuestTerms, 'questId'>) => completions.get(questId) ?? 0,
    standing({ questId }: Pick<QuestTerms, 'questId'>, at: number): Standing {
      const quest = definitions.byId.get(questId)!;
      const bucket = bucketOf(quest.latest.terms, timeline, at);
      const sight = sightOf({ timeline, pauses, counted, completions }, bucket, at);
      const known =
        enrolments.get(keyOf(quest.id, bucket)) ?? newcomerOn(quest, bucket, counted, definitions.sequence, sight);
      return standingOf(quest, fold(quest, known, sight), bucket, sight);
    },
    /** Everything that is kept, so that two games can be compared. */
    kept: () => ({
      values: Object.fromEntries(
        [...counted]
          .sort()
          .map(([key, { value, spans }]) => [
            key,
            { value: value.value, starts: value.starts, spans: [...spans.values()].sort(bySpan) },
          ]),
      ),
      seen: Object.fromEntries([...seen].sort().map(([key, all]) => [key, [...all].sort()])),
      completions: Object.fromEntries([...completions].sort()),
    }),
  };
}

const bySpan = (one: Active, other: Active) => one.span - other.span;

let events = 0;
/** '06-10' is noon of that day in 2026, '06-10@01' one o'clock. */
export const instantOf = (when: string): number => {
  const [date, time = '12'] = when.split('@');
  return Date.parse(`2026-${date}T${time}:00:00Z`);
};

export const happened = (type: string, when: string | number, data: unknown = {}): EventEnvelope => ({
  id: `event ${String(++events).padStart(9, '0')}`,
  source: 'game',
  type,
  version: 1,
  userId: 'player',
  occurredAt: new Date(typeof when === 'string' ? instantOf(when) : when).toISOString(),
  data,
});
