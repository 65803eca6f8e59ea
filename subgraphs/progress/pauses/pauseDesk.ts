import { sendAuditEntry } from '../../../shared/delivery/auditEntries.ts';
import type { Database, Transaction } from '../../../shared/database/database.ts';
import { Refusal } from '../../../shared/errors.ts';
import type { Change } from '../../../shared/events.ts';
import type { Acting } from '../../../shared/subgraph/operators.ts';
import { type Connection, connectionOf, pageOf } from '../../../shared/subgraph/paging.ts';
import { acceptedReason } from '../../../shared/subgraph/reason.ts';
import { isUuid } from '../../../shared/uuid.rules.ts';
import type { Definitions, Quest } from '../definitions/definitions.rules.ts';
import { changeDefinitions, keepDefinitions } from '../definitions/definitionStore.ts';
import { lockPlayers } from '../players/playerStore.ts';
import { unknownPlayer } from '../wallet/grantStore.ts';
import { faultOf } from './newPause.rules.ts';
import { type KeptPause, changeEnd, findPauses, savePauses, takePause } from './pauseStore.ts';
import { hasStreak, lookAgain, measuresOfStreakQuests } from './streaks.ts';

export type ListedPause = KeptPause & { position: string };

export interface Wanted {
  /** Null: all quests. */
  questId: string | null;
  /** Null: everybody. */
  userId: string | null;
  /** Null: from now on. */
  from: Date | null;
  /** Null: until it is ended. */
  to: Date | null;
  reason: string;
}

/** What operators may do with pauses. */
export interface PauseDesk {
  list(
    userId: string | null,
    asked: { first?: number | null; after?: string | null },
  ): Promise<Connection<ListedPause>>;
  /** Throws BAD_USER_INPUT, and NOT_FOUND for a quest or a player that is not there. */
  pause(by: Acting, wanted: Wanted): Promise<ListedPause>;
  /** Throws NOT_FOUND, and CONFLICT when it is over already. */
  end(by: Acting, id: string): Promise<ListedPause>;
}

interface Settings {
  database: Database;
  readDefinitions(em: Transaction): Promise<Definitions>;
  /** There is something to send. */
  wake(): void;
}

const listed = (pause: KeptPause): ListedPause => ({ ...pause, position: pause.id });

export function openPauseDesk({ database, readDefinitions, wake }: Settings): PauseDesk {
  const record = (
    transaction: Transaction,
    { now, ...by }: Acting,
    { userId, questId, reason }: KeptPause,
    quest: Quest | undefined,
    changes: Change[],
  ) =>
    sendAuditEntry(
      transaction,
      'progress',
      {
        ...by,
        targetId: userId ?? questId,
        targetName: userId === null ? (quest?.latest.terms.name ?? null) : null,
        reason,
        changes: [{ field: 'quest', before: null, after: quest?.latest.terms.name ?? 'all' }, ...changes],
        outcome: 'DONE',
      },
      now,
    );
  return {
    async list(userId, asked) {
      if (userId !== null && !isUuid(userId)) throw unknownPlayer();
      const page = pageOf('pauses', asked, /^[\da-f-]{36}$/);
      const found = await findPauses(database.fork(), userId, page.limit, page.before);
      return connectionOf('pauses', page, found.map(listed));
    },
    async pause(by, { questId, userId, from, to, reason: given }) {
      const reason = acceptedReason(given);
      const startsAt = from ?? by.now;
      const fault = faultOf(startsAt.getTime(), to?.getTime() ?? null, by.now.getTime());
      if (fault) throw new Refusal('BAD_USER_INPUT', fault);
      if (userId !== null && !isUuid(userId)) throw unknownPlayer();
      const saved = await database.transaction(async (transaction) => {
        if (userId !== null) await keepDefinitions(transaction);
        const definitions = await readDefinitions(transaction);
        const quest = questId === null ? undefined : knownQuest(definitions, questId);
        // What is for everybody is of the definitions, which batches of events hold as they are.
        const knownSince = userId === null ? await changeDefinitions(transaction) : null;
        if (userId !== null && !(await lockPlayers(transaction, [userId.toLowerCase()])).has(userId.toLowerCase()))
          throw unknownPlayer();
        const pause = {
          questId: quest?.id ?? null,
          userId: userId?.toLowerCase() ?? null,
          startsAt,
          endsAt: to,
          reason,
          operatorId: by.actorId,
          createdAt: by.now,
        };
        const [saved] = await savePauses(transaction, [pause], { knownSince });
        if (saved!.userId !== null)
          await lookAgain(transaction, [saved!.userId], measuresOfStreakQuests(quest ? [quest] : definitions.quests));
        await record(transaction, by, saved!, quest, [
          { field: 'from', before: null, after: startsAt.toISOString() },
          { field: 'to', before: null, after: to?.toISOString() ?? null },
        ]);
        return saved!;
      });
      wake();
      return listed(saved);
    },
    async end(by, id) {
      const ended = await database.transaction(async (transaction) => {
        const pause = isUuid(id) ? await takePause(transaction, id.toLowerCase()) : undefined;
        if (!pause) throw new Refusal('NOT_FOUND', 'There is no such pause.');
        if (pause.endsAt !== null && pause.endsAt <= by.now) throw new Refusal('CONFLICT', 'The pause is over.');
        const definitions = await readDefinitions(transaction);
        const knownSince = pause.userId === null ? await changeDefinitions(transaction) : null;
        const ended = await changeEnd(transaction, pause.id, by.now, by.actorId, knownSince);
        await record(transaction, by, ended, definitions.byId.get(ended.questId ?? ''), [
          { field: 'to', before: pause.endsAt?.toISOString() ?? null, after: ended.endsAt!.toISOString() },
        ]);
        return ended;
      });
      wake();
      return listed(ended);
    },
  };
}

function knownQuest({ byId }: Definitions, questId: string): Quest {
  const quest = isUuid(questId) ? byId.get(questId.toLowerCase()) : undefined;
  if (!quest) throw new Refusal('NOT_FOUND', 'There is no such quest here.');
  if (!hasStreak(quest))
    throw new Refusal(
      'BAD_USER_INPUT',
      'The quest counts nothing in a row, so there is nothing that a pause would keep.',
    );
  return quest;
}
