import { type Transaction, rows } from '../../../shared/database/database.ts';
import { isStreak } from '../enrolments/reached.rules.ts';
import type { KnownMeasure, Objective, Quest } from '../definitions/definitions.rules.ts';

/** What pauses concern: measures of periods in a row. */

export const hasStreak = (quest: Quest): boolean => streaksOf([quest]).length > 0;

export const streaksOf = (quests: readonly Quest[]): KnownMeasure[] =>
  measuresOf(quests.flatMap(objectivesOf).filter(isStreak));

/** All that quests with a streak count: where nothing but the streak was wanting, an event of another objective completes them. */
export const measuresOfStreakQuests = (quests: readonly Quest[]): KnownMeasure[] =>
  measuresOf(quests.filter(hasStreak).flatMap(objectivesOf));

const objectivesOf = ({ versions }: Quest) => versions.flatMap((version) => version.objectives);
const measuresOf = (objectives: readonly Objective[]) => [...new Set(objectives.map(({ measure }) => measure))];

/** The next event of these players finds out what is due by now, even one in a period that is filled already. */
export async function lookAgain(
  transaction: Transaction,
  userIds: readonly string[],
  measures: readonly KnownMeasure[],
): Promise<void> {
  await rows(
    transaction,
    'update measure_value set next_at = -1 where user_id = any($1::uuid[]) and measure = any($2::uuid[]) and next_at >= 0',
    [userIds, measures.map(({ id }) => id)],
  );
}
