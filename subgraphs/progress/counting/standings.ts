import type { Clock } from '../../../shared/clock.ts';
import type { Transaction } from '../../../shared/database.ts';
import type { QuestTerms } from '../../../shared/questTerms.rules.ts';
import { countSince } from './baselineStore.ts';
import type { Definitions } from '../definitions/definitionStore.ts';
import { type Counts, findCounts } from '../completions/completionStore.ts';
import { type MarkedPeriod, lastPeriods } from '../calendar/periods.rules.ts';
import { completionsDue, hasEarlier, standing, tallyOf } from './quest.rules.ts';
import { type CalendarTerms, calendarTallyOf, isByCalendar, markedBy } from '../calendar/streak.rules.ts';
import { streakAt, streakCompletionsDue, streakStanding } from '../calendar/streakStanding.rules.ts';
import { readActivity } from '../calendar/streakStore.ts';

/** How one player stands on one quest, with the numbers behind it. */
export interface ProgressOn {
  questId: string;
  period: QuestTerms['period'];
  /** Events, or periods of a quest by calendar, that count. */
  counted: number;
  completions: number;
  due: number;
  streak: number;
  remaining: number;
  resetsAt: Date | null;
  /** The last periods, the oldest first; none of a quest that counts events. */
  periods(last: number): MarkedPeriod[];
  serverTime: Date;
}

/** A quest that is asked for: whether it is shown may depend on how often the player has completed it. */
export type IsShown = (terms: QuestTerms, completions: number) => boolean;

interface Asked<Terms = QuestTerms> {
  userId: string;
  terms: Terms;
  counts: Counts;
  completions: number;
}

/** Reads how players stand: of each, the quests that are shown, in the order in which they were defined. */
export function standingReader(
  em: Transaction,
  readDefinitions: (em: Transaction) => Promise<Definitions>,
  clock: Clock,
): (userIds: readonly string[], isShown: IsShown) => Promise<Map<string, ProgressOn[]>> {
  return async (userIds, isShown) => {
    const [definitions, counts] = await Promise.all([readDefinitions(em), findCounts(em, userIds)]);
    const asked = userIds.flatMap((userId) =>
      definitions.all.flatMap((terms): Asked[] => {
        const completions = counts.get(userId)!.byQuest.get(terms.questId)?.completions ?? 0;
        return isShown(terms, completions) ? [{ userId, terms, counts: counts.get(userId)!, completions }] : [];
      }),
    );
    const now = clock();
    const [ofEvents, ofPeriods] = await Promise.all([
      readEventStandings(
        em,
        asked.filter(({ terms }) => !isByCalendar(terms)),
        now,
      ),
      readStreaks(
        em,
        asked.filter((one): one is Asked<CalendarTerms> => isByCalendar(one.terms)),
        now,
      ),
    ]);
    const found = new Map([...ofEvents, ...ofPeriods]);
    const byUser = Map.groupBy(asked, ({ userId }) => userId);
    return new Map(userIds.map((userId) => [userId, (byUser.get(userId) ?? []).map((one) => found.get(one)!)]));
  };
}

async function readEventStandings(em: Transaction, asked: Asked[], now: Date): Promise<[Asked, ProgressOn][]> {
  const all = asked.map((one) => {
    const { terms, counts } = one;
    const known = counts.byQuest.get(terms.questId);
    const { total, firstAt } = counts.tallies.get(tallyOf(terms)) ?? { total: 0, firstAt: undefined };
    const isOpen = !known && firstAt !== undefined && hasEarlier(terms, firstAt);
    return { one, isOpen, counted: total - (known?.uncounted ?? 0) };
  });
  // What nobody has needed to know before.
  const open = all.filter(({ isOpen }) => isOpen);
  const counts = await countSince(
    em,
    open.map(({ one }) => one),
  );
  counts.forEach((counted, n) => (open[n]!.counted = counted));
  return all.map(({ one, counted }) => {
    const { terms, completions } = one;
    const due = completionsDue(terms, counted);
    const where = { ...standing(terms, counted, completions), resetsAt: null, periods: () => [] };
    const { questId, period } = terms;
    return [one, { questId, period, counted, completions, due, ...where, serverTime: now }];
  });
}

async function readStreaks(em: Transaction, asked: Asked<CalendarTerms>[], now: Date): Promise<[Asked, ProgressOn][]> {
  const activities = await readActivity(
    em,
    asked.map(({ userId, terms }) => ({ userId, terms, tally: calendarTallyOf(terms) })),
  );
  return asked.map((one, n) => {
    const { terms, completions } = one;
    const { timeline, active } = activities[n]!;
    const streak = streakAt(terms, timeline, active, now.getTime());
    const { resetsAt, ...where } = streakStanding(terms, timeline, streak, completions, now.getTime());
    return [
      one,
      {
        questId: terms.questId,
        period: terms.period,
        counted: markedBy(streak).filled.size,
        completions,
        due: streakCompletionsDue(terms, streak),
        ...where,
        resetsAt: resetsAt === null ? null : new Date(resetsAt),
        periods: (last) => lastPeriods(terms, timeline, streak, now.getTime(), last),
        serverTime: now,
      },
    ];
  });
}
