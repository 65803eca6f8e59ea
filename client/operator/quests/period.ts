import type { ListedFragment, QuestPeriod } from '../operations.generated.ts';

/** What a streak can be made of, in words. */
export const periods: Record<QuestPeriod, { name: string; toComplete: string }> = {
  EVENT: { name: 'Events', toComplete: 'Events for one completion' },
  DAY: { name: 'Days', toComplete: 'Days in a row for one completion' },
  WEEK: { name: 'Weeks', toComplete: 'Weeks in a row for one completion' },
  MONTH: { name: 'Months', toComplete: 'Months in a row for one completion' },
};

/** "3 × MatchWon, once", "MatchWon on 3 days in a row, up to 1,000 times", "10 × MatchWon and 5 different boss of BossKilled, once each week" */
export function countedInWords(quest: ListedFragment): string {
  const { form, period, streak, trigger, duplication, objectives, completes, every } = quest;
  const simple = period === 'EVENT' ? `${streak} × ${trigger}` : `${trigger} ${inARow(period, streak)}`;
  const long = objectives.map(objectiveInWords).join(completes === 'ALL' ? ' and ' : ' or ');
  const times = duplication === 1 ? 'once' : `up to ${duplication.toLocaleString()} times`;
  return `${form === 'SIMPLE' ? simple : long}, ${times}${every ? ` each ${every.toLowerCase()}` : ''}`;
}

function objectiveInWords({ events, measure, of, target, period, consecutive }: ListedFragment['objectives'][number]) {
  const [types, much] = [events.join(' or '), target.toLocaleString()];
  if (measure === 'COUNT') return `${much} × ${types}`;
  if (measure === 'DISTINCT') return `${much} different ${of} of ${types}`;
  if (measure === 'MAX') return `${of} of at least ${much} in ${types}`;
  if (measure === 'SUM') return `${much} ${of} in ${types}`;
  return `${types} ${consecutive ? inARow(period!, target) : `in any ${much} ${period!.toLowerCase()}s`}`;
}

function inARow(period: QuestPeriod, streak: number): string {
  const noun = period.toLowerCase();
  return `${period === 'DAY' ? 'on' : 'in'} ${streak === 1 ? `1 ${noun}` : `${streak.toLocaleString()} ${noun}s in a row`}`;
}
