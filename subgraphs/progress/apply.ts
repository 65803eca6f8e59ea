import type { Clock } from '../../shared/clock.ts';
import type { Transaction } from '../../shared/database.ts';
import { type EventEnvelope, event } from '../../shared/events.ts';
import { type QuestTerms, type ToldTerms, termsOf } from '../../shared/questTerms.rules.ts';
import { failpoint } from '../../shared/failpoint.ts';
import type { Apply } from '../../shared/inbox.ts';
import { isPaidAtOnce } from './completions/claim.rules.ts';
import { type Definitions, saveDefinition } from './definitions/definitionStore.ts';
import { saveOwnEvents } from './events/ownEvents.ts';
import { pay } from './wallet/ledgerStore.ts';
import { saveEvents } from './players/playerStore.ts';
import { type NewCompletion, findDue, saveCompletions } from './counting/progressStore.ts';
import { tallyOf } from './counting/quest.rules.ts';
import { countPeriods, findStreaksDue } from './calendar/streakStore.ts';
import { countEvents, findTallied } from './counting/tallyStore.ts';

export interface Effects {
  readDefinitions(em: Transaction): Promise<Definitions>;
  /** Players have new popups; called once that is committed. */
  notify(userIds: string[]): void;
  clock: Clock;
}

/** A batch of events, applied in the caller's transaction: events, progress, completions, payments, popups and what is sent on. */
export function eventApplier({ readDefinitions, notify, clock }: Effects): Apply {
  return async (transaction, events) => {
    const completed: NewCompletion[] = [];
    const stray = events.find((one) => one.userId === null && one.type !== 'QuestDefined');
    if (stray) throw new Error(`${stray.type} does not say which user it is about`);

    // QuestDefined: the quest is stored, and counted from the events that are there.
    for (const { data } of events.filter((one) => one.type === 'QuestDefined'))
      completed.push(...(await applyDefinition(transaction, termsOf(data as ToldTerms))));

    // Everything about a user: the event is stored and counts.
    const ofUsers = events.filter((one) => one.userId !== null);
    if (ofUsers.length > 0) completed.push(...(await applyUserEvents(transaction, ofUsers)));

    const userIds = [...new Set(completed.map((one) => one.userId))];
    return () => userIds.length > 0 && notify(userIds);
  };

  async function applyDefinition(transaction: Transaction, terms: QuestTerms): Promise<NewCompletion[]> {
    const isCounted = await saveDefinition(transaction, terms);
    const tallied = isCounted ? await findTallied(transaction, terms) : [];
    // Not read here: the reader would remember a definition that this transaction may yet take back.
    const now = clock();
    const alone = { byTally: new Map([[tallyOf(terms), [terms]]]) };
    return complete(transaction, await findDue(transaction, alone, tallied, () => now.toISOString()), now);
  }

  async function applyUserEvents(transaction: Transaction, events: EventEnvelope[]): Promise<NewCompletion[]> {
    const newcomers = await saveEvents(transaction, events, zoneOf);
    // Read after the events are stored: a definition that commits at the same time has either counted them or is seen here.
    const definitions = await readDefinitions(transaction);
    const tallied = await countEvents(transaction, definitions, events);
    const activities = await countPeriods(transaction, definitions, events, newcomers);
    const lastAt = new Map<string, string>();
    for (const { userId, occurredAt } of events)
      if (occurredAt > (lastAt.get(userId!) ?? '')) lastAt.set(userId!, occurredAt);
    const completedAt = (userId: string) => lastAt.get(userId)!;
    const due = await findDue(transaction, definitions, tallied, completedAt);
    due.push(...(await findStreaksDue(transaction, definitions, activities, completedAt)));
    return complete(transaction, due, clock());
  }
}

/** Stores completions that are due, pays those that pay at once, and sends QuestCompleted. */
async function complete(transaction: Transaction, due: NewCompletion[], now: Date): Promise<NewCompletion[]> {
  if (due.length === 0) return [];
  await saveCompletions(transaction, due);
  failpoint('progress.afterCompletions');
  const paid = due.filter((one) => isPaidAtOnce(one.terms));
  await pay(
    transaction,
    paid.map((one) => ({ completionId: one.id, userId: one.userId, rewards: one.terms.rewards })),
    now,
  );
  await saveOwnEvents(
    transaction,
    due.map(({ id, userId, number, terms, completedAt: at }) =>
      event(
        'QuestCompleted',
        { id, source: 'progress', userId, occurredAt: new Date(at) },
        {
          completionId: id,
          questId: terms.questId,
          questVersion: terms.version,
          number,
          autoClaimed: isPaidAtOnce(terms),
        },
      ),
    ),
  );
  return due;
}

/** The time zone that an event of auth brings along. */
function zoneOf(event: EventEnvelope): string | undefined {
  const zone = event.source === 'auth' ? (event.data as { timeZone?: unknown } | null)?.timeZone : undefined;
  return typeof zone === 'string' ? zone : undefined;
}
