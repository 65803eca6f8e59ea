import type { DefinedFragment, QuestPeriod } from './operations.generated.ts';

/** What a streak can be made of, in words. */
export const periods: Record<QuestPeriod, { name: string; toComplete: string }> = {
  EVENT: { name: 'Events', toComplete: 'Events for one completion' },
  DAY: { name: 'Days', toComplete: 'Days in a row for one completion' },
  WEEK: { name: 'Weeks', toComplete: 'Weeks in a row for one completion' },
  MONTH: { name: 'Months', toComplete: 'Months in a row for one completion' },
};

/** "3 × MatchWon, once", "MatchWon on 3 days in a row, up to 1,000 times" */
export function countedInWords({ period, streak, trigger, duplication }: DefinedFragment): string {
  const times = duplication === 1 ? 'once' : `up to ${duplication.toLocaleString()} times`;
  return `${period === 'EVENT' ? `${streak} × ${trigger}` : `${trigger} ${inARow(period, streak)}`}, ${times}`;
}

function inARow(period: QuestPeriod, streak: number): string {
  const noun = period.toLowerCase();
  return `${period === 'DAY' ? 'on' : 'in'} ${streak === 1 ? `1 ${noun}` : `${streak.toLocaleString()} ${noun}s in a row`}`;
}
