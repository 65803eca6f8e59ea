import { type Transaction, rows } from '../../../shared/database.ts';
import type { EventEnvelope } from '../../../shared/events.ts';
import { timeOrderedId } from '../../../shared/ids.ts';
import { type Timeline, livingIn } from './calendar.rules.ts';
import type { Definitions } from '../definitions/definitionStore.ts';
import { lockPlayers } from '../players/playerStore.ts';
import type { NewCompletion } from '../counting/progressStore.ts';
import { isTallied, typesCountedBy } from '../counting/quest.rules.ts';
import { type Activity, comparedToStored, findActivity, findUnknown, saveActivity } from './spanStore.ts';
import { type CalendarTerms, activityOf, readingsOf, together } from './streak.rules.ts';
import { newStreakCompletions } from './streakStanding.rules.ts';
import { findTimelines } from './timelineStore.ts';

/** Streaks by calendar. One is counted anew, from all periods, only when an event has filled one more. */

/**
 * Stores in which periods these events lie, which are stored already. Resolves to those players' activity that is not what it was. Of
 * newcomers, whom this transaction has created, nobody else can know anything yet.
 */
export async function countPeriods(
  transaction: Transaction,
  { byCalendar }: Definitions,
  events: readonly EventEnvelope[],
  newcomers: ReadonlySet<string>,
): Promise<Activity[]> {
  const tallies = [...byCalendar].map(([tally, quests]) => ({ tally, terms: quests[0]! }));
  const moving = new Set(tallies.flatMap(({ terms }) => typesCountedBy(terms.trigger)));
  const counted = events.filter(({ type }) => moving.has(type));
  if (counted.length === 0) return [];
  const timelineOf = await findTimelines(transaction, [...new Set(counted.map(({ userId }) => userId!))]);
  const happened = tallies.flatMap(({ tally, terms }) => activitiesOf(tally, terms, counted, timelineOf));
  const first = happened.filter(({ userId }) => newcomers.has(userId));
  const others = happened.filter(({ userId }) => !newcomers.has(userId));
  const news = await findNews(transaction, others, byCalendar);
  if (first.length + news.length > 0) await saveActivity(transaction, [...first, ...news]);
  return [...first, ...(await findActivity(transaction, news))];
}

/** What these activities add to what is stored, while nobody else can add to it. */
async function findNews(
  transaction: Transaction,
  happened: readonly Activity[],
  byCalendar: Definitions['byCalendar'],
): Promise<Activity[]> {
  const isNews = await comparedToStored(transaction, happened);
  const suspected = happened.filter(isNews);
  if (suspected.length === 0) return [];
  // Whoever fills periods of the same player at the same moment waits here, so that one of them sees the whole streak.
  await lockPlayers(transaction, [...new Set(suspected.map(({ userId }) => userId))]);
  const unknown = await findUnknown(transaction, suspected);
  const isUnknown = ({ userId, tally }: Activity) => unknown.has(`${userId}${tally}`);
  const earlier = await readEvents(transaction, suspected.filter(isUnknown), byCalendar);
  return suspected.map((one) => (isUnknown(one) ? earlier(one) : one));
}

/** What these events are for one tally, by player. */
function activitiesOf(
  tally: string,
  terms: CalendarTerms,
  events: readonly { userId: string | null; type: string; occurredAt: string }[],
  timelineOf: (userId: string) => Timeline,
): Activity[] {
  const types = typesCountedBy(terms.trigger);
  const counted = events.filter(
    ({ type, occurredAt }) => types.includes(type) && isTallied(terms, Date.parse(occurredAt)),
  );
  return [...Map.groupBy(counted, ({ userId }) => userId!)].map(([userId, own]) => {
    const timeline = terms.timeZone === null ? timelineOf(userId) : livingIn(terms.timeZone);
    const all = own.map(({ occurredAt }) => activityOf(terms, timeline, Date.parse(occurredAt)));
    const bySpan = Map.groupBy(all, ({ span }) => span);
    const active = [...bySpan.values()]
      .map((same) => same.reduce(together))
      .sort((one, other) => one.span - other.span);
    return { userId, tally, timeline, active };
  });
}

/** What all events of these players come to. */
async function readEvents(
  em: Transaction,
  wanted: readonly Activity[],
  byCalendar: Definitions['byCalendar'],
): Promise<(one: Activity) => Activity> {
  if (wanted.length === 0) return (one) => one;
  const types = new Set(wanted.flatMap(({ tally }) => typesCountedBy(byCalendar.get(tally)![0]!.trigger)));
  const events = await rows<{ userId: string; type: string; occurredAt: string }>(
    em,
    'select user_id as "userId", type, occurred_at as "occurredAt" from event where user_id = any($1::uuid[]) and type = any($2)',
    [[...new Set(wanted.map(({ userId }) => userId))], [...types]],
  );
  const byUser = Map.groupBy(events, ({ userId }) => userId);
  return (one) => {
    const { userId, tally, timeline } = one;
    const terms = byCalendar.get(tally)![0]!;
    return activitiesOf(tally, terms, byUser.get(userId) ?? [], () => timeline)[0] ?? { ...one, active: [] };
  };
}

/** The activity of players that quests by calendar read, for who wants to look at it only; in the order of the wishes. */
export async function readActivity(
  em: Transaction,
  wanted: readonly { userId: string; tally: string; terms: CalendarTerms }[],
): Promise<Activity[]> {
  if (wanted.length === 0) return [];
  const timelineOf = await findTimelines(em, [...new Set(wanted.map(({ userId }) => userId))]);
  const known = await findActivity(
    em,
    wanted.map(({ userId, tally, terms }) => ({
      userId,
      tally,
      timeline: terms.timeZone === null ? timelineOf(userId) : livingIn(terms.timeZone),
      active: [],
    })),
  );
  const byTally = new Map(wanted.map(({ tally, terms }) => [tally, [terms]]));
  const earlier = await readEvents(
    em,
    known.filter(({ active }) => active.length === 0),
    byTally,
  );
  return known.map((one) => (one.active.length === 0 ? earlier(one) : one));
}

/** The completions that this activity makes due, not stored yet. */
export async function findStreaksDue(
  transaction: Transaction,
  { byCalendar }: Definitions,
  activities: readonly Activity[],
  completedAt: (userId: string) => string,
): Promise<NewCompletion[]> {
  const candidates = activities.flatMap(({ userId, tally, timeline, active }) =>
    byCalendar
      .get(tally)!
      .map((terms) => ({ userId, terms, streak: readingsOf(terms, timeline, active)[0]! }))
      .filter(({ streak }) => streak.completions > 0),
  );
  if (candidates.length === 0) return [];
  const known = await rows<{ user_id: string; quest_id: string; completions: number }>(
    transaction,
    'select user_id, quest_id, completions from quest_progress where (user_id, quest_id) in (select * from unnest($1::uuid[], $2::uuid[]))',
    [candidates.map(({ userId }) => userId), candidates.map(({ terms }) => terms.questId)],
  );
  const completions = new Map(known.map((row) => [`${row.user_id}${row.quest_id}`, row.completions]));
  return candidates.flatMap(({ userId, terms, streak }) =>
    newStreakCompletions(terms, streak, completions.get(`${userId}${terms.questId}`) ?? 0).map((number) => ({
      id: timeOrderedId(),
      userId,
      number,
      terms,
      completedAt: completedAt(userId),
    })),
  );
}
