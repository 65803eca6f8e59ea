import type { Clock } from '../../../shared/clock.ts';
import type { Database, Transaction } from '../../../shared/database/database.ts';
import { failpoint } from '../../../shared/process/failpoint.ts';
import type { Log } from '../../../shared/process/log.ts';
import type { Rounds } from '../../../shared/process/rounds.ts';
import { findStates } from '../counting/states.ts';
import type { Definitions, Quest } from '../definitions/definitions.rules.ts';
import { keepDefinitions } from '../definitions/definitionStore.ts';
import { type JobSettings, startJobs } from '../operations/jobs.ts';
import { lockPlayers } from '../players/playerStore.ts';
import { harmedBy } from './compensation.rules.ts';
import { type Compensation, failCompensation, findNextPlayers, takeCompensation } from './compensationStore.ts';
import { savePauses } from './pauseStore.ts';
import { hasStreak, lookAgain, measuresOfStreakQuests, streaksOf } from './streaks.ts';

/** Players looked at in one transaction: few enough that those whose events come meanwhile do not wait long. */
const playersAtMost = 500;
/** So many of those who were harmed are named. */
const namedAtMost = 20;

/** Works at compensations: each page of players in a short transaction that also says how far the job has come. */
export function startCompensations(
  database: Database,
  readDefinitions: (em: Transaction) => Promise<Definitions>,
  clock: Clock,
  log: Log,
  everyMs = 1000,
): Rounds {
  const work: JobSettings['work'] = async (taken) => {
    const hasWorked = await database.transaction(async (transaction) => {
      const job = await takeCompensation(transaction);
      if (!job) return false;
      taken({ ...job });
      await keepDefinitions(transaction);
      const next = await workPage(transaction, await readDefinitions(transaction), job, clock());
      transaction.assign(job, { ...next, updatedAt: clock() });
      await transaction.flush();
      failpoint('compensation.beforeCommit');
      return true;
    });
    if (hasWorked) failpoint('compensation.afterCommit');
    return hasWorked;
  };
  const fail: JobSettings['fail'] = (id, error) => failCompensation(database.fork(), id, error, clock());
  return startJobs({ name: 'compensation', work, fail, log, everyMs });
}

async function workPage(
  transaction: Transaction,
  definitions: Definitions,
  job: Compensation,
  now: Date,
): Promise<Partial<Compensation>> {
  const quests = definitions.quests.filter((quest) => quest.latest.terms.archivedAt === null && hasStreak(quest));
  const measures = streaksOf(quests);
  const userIds = await findNextPlayers(
    transaction,
    measures.map(({ id }) => id),
    job.afterUser,
    playersAtMost,
  );
  if (userIds.length === 0) return { state: 'DONE' };
  if (!job.isDryRun) await lockPlayers(transaction, userIds);
  const asked = userIds.map((userId) => ({ userId, quests, instants: [now.getTime()], shown: [] }));
  const { states } = await findStates(transaction, asked, () => false);
  const outage = { from: job.startsAt.getTime(), until: job.endsAt.getTime() };
  const harmed = states.flatMap((state) =>
    harmedBy(outage, state, quests, definitions, now.getTime()).map((quest) => ({ userId: state.userId, quest })),
  );
  const harmedUsers = [...new Set(harmed.map(({ userId }) => userId))];
  if (!job.isDryRun && harmed.length > 0) {
    const { startsAt, endsAt, reason, operatorId } = job;
    await savePauses(
      transaction,
      harmed.map(({ userId, quest }) => ({
        userId,
        questId: quest.id,
        startsAt,
        endsAt,
        reason,
        operatorId,
        createdAt: now,
      })),
      { compensationId: job.id },
    );
    await lookAgain(transaction, harmedUsers, measuresOfStreakQuests(quests));
  }
  return {
    afterUser: userIds.at(-1)!,
    players: job.players + harmedUsers.length,
    streaks: job.streaks + harmed.length,
    quests: countedBy(job.quests, harmed),
    firstPlayers: [...job.firstPlayers, ...harmedUsers].slice(0, namedAtMost),
  };
}

function countedBy(before: Readonly<Record<string, number>>, harmed: readonly { quest: Quest }[]) {
  const quests = { ...before };
  for (const { quest } of harmed) quests[quest.id] = (quests[quest.id] ?? 0) + 1;
  return quests;
}
