import type { Clock } from '../../../shared/clock.ts';
import { type Database, type Transaction, isAway } from '../../../shared/database.ts';
import type { Log } from '../../../shared/log.ts';
import { findStates } from '../counting/states.ts';
import type { Definitions, Quest } from '../definitions/definitions.rules.ts';
import { keepDefinitions } from '../definitions/definitionStore.ts';
import { lockPlayers } from '../players/playerStore.ts';
import { harmedBy } from './compensation.rules.ts';
import {
  type Compensation,
  changeCompensation,
  failCompensation,
  findNextPlayers,
  takeCompensation,
} from './compensationStore.ts';
import { savePauses } from './pauseStore.ts';
import { hasStreak, lookAgain, streaksOf } from './streaks.ts';

/** Players looked at in one transaction: few enough that those whose events come meanwhile do not wait long. */
const playersAtMost = 500;
/** So many of those who were harmed are named. */
const namedAtMost = 20;

export interface Compensations {
  /** There may be something to do. */
  wake(): void;
  stop(): Promise<void>;
}

/**
 * Works at compensations, one page of players after the other, each in a short transaction of its own that also says how far it has come: a process
 * that dies leaves off where another goes on.
 */
export function startCompensations(
  database: Database,
  readDefinitions: (em: Transaction) => Promise<Definitions>,
  clock: Clock,
  log: Log,
  everyMs = 1000,
): Compensations {
  const leaving = new AbortController();
  let wake = () => {};

  /** True: there may be more to do. */
  const work = async (): Promise<boolean> => {
    let current: Compensation | undefined;
    try {
      await database.transaction(async (transaction) => {
        current = await takeCompensation(transaction);
        if (!current) return;
        await keepDefinitions(transaction);
        const next = await workPage(transaction, await readDefinitions(transaction), current, clock());
        await changeCompensation(transaction, next, clock());
      });
      return current !== undefined;
    } catch (error) {
      if (!current || isAway(error)) {
        log.warn({ error: String(error) }, 'compensations wait for the database');
        return false;
      }
      log.error({ error: String(error), compensation: current.id }, 'a compensation has failed');
      const where = current.afterUser === null ? 'the first players' : `the players after ${current.afterUser}`;
      await failCompensation(database.fork(), current.id, `At ${where}: ${String(error)}`.slice(0, 500), clock()).catch(
        () => {},
      );
      return true;
    }
  };

  const running = (async () => {
    while (!leaving.signal.aborted) {
      if (await work()) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, everyMs);
        wake = () => (clearTimeout(timer), resolve());
      });
    }
  })();
  return {
    wake: () => wake(),
    async stop() {
      leaving.abort();
      wake();
      await running;
    },
  };
}

async function workPage(
  transaction: Transaction,
  definitions: Definitions,
  job: Compensation,
  now: Date,
): Promise<Compensation> {
  const quests = definitions.quests.filter((quest) => quest.latest.terms.archivedAt === null && hasStreak(quest));
  const measures = streaksOf(quests);
  const userIds = await findNextPlayers(
    transaction,
    measures.map(({ id }) => id),
    job.afterUser,
    playersAtMost,
  );
  if (userIds.length === 0) return { ...job, state: 'DONE' };
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
    await lookAgain(transaction, harmedUsers, measures);
  }
  return {
    ...job,
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
