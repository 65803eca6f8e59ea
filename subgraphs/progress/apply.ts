import type { Clock } from '../../shared/clock.ts';
import type { Transaction } from '../../shared/database/database.ts';
import { type EventEnvelope, hasJoined } from '../../shared/events.ts';
import type { Apply } from '../../shared/delivery/inbox.ts';
import { failpoint } from '../../shared/process/failpoint.ts';
import { type QuestTerms, type ToldTerms, termsOf } from '../../shared/questTerms.rules.ts';
import { saveBackfills } from './backfill/backfillStore.ts';
import { type Zones, bothZones, nowhere } from './calendar/zones.rules.ts';
import { complete } from './completions/complete.ts';
import { countEvents } from './counting/counter.ts';
import { recount } from './counting/recount.ts';
import type { Definitions } from './definitions/definitions.rules.ts';
import { faultsOf } from './events/record.rules.ts';
import { keepDefinitions, readDefinitions, saveDefinitions } from './definitions/definitionStore.ts';
import { insertEvents } from './events/eventStore.ts';
import { erasePlayers } from './players/erasureStore.ts';
import { savePlayers } from './players/playerStore.ts';
import { announce } from './webhooks/announce.ts';

export interface Effects {
  readDefinitions(em: Transaction): Promise<Definitions>;
  /** Players have new popups; called once that is committed. */
  notify(userIds: string[]): void;
  /** Definitions have changed, and the past may have to be counted; called once that is committed. */
  published?(): void;
  clock: Clock;
}

/** A batch of events, applied in the caller's transaction: definitions, events, values, completions, payments, popups and what is sent on. */
export function eventApplier({
  readDefinitions: remembered,
  notify,
  published: told = () => {},
  clock,
}: Effects): Apply {
  return async (transaction, events) => {
    const stray = events.find((one) => one.userId === null && one.type !== 'QuestDefined');
    if (stray) throw new Error(`${stray.type} does not say which user it is about`);
    for (const one of events.filter(({ source }) => hasJoined(source))) refuseFaults(one, clock());
    const published = events
      .filter(({ type }) => type === 'QuestDefined')
      .map(({ data }) => termsOf(data as ToldTerms));
    const inForce = published.length > 0 ? await publish(transaction, published, clock()) : none;
    if (published.length === 0) await keepDefinitions(transaction);
    await erasePlayers(transaction, deletedBy(events), clock());
    await announce(
      transaction,
      events.filter((one) => tellsOfDeletion(one) || isOf(one, inForce)),
    );
    const ofAnyone = events.filter((one) => one.userId !== null);
    const { retimed, erased } = await savePlayers(transaction, toldBy(ofAnyone));
    const ofUsers = ofAnyone.filter(({ userId }) => !erased.has(userId!));
    if (ofUsers.length === 0) return published.length > 0 ? told : () => {};
    // A definition that this transaction may yet take back is not remembered.
    const definitions = await (published.length > 0 ? readDefinitions : remembered)(transaction);
    await recount(transaction, definitions, retimed);
    await insertEvents(transaction, ofUsers);
    const completed = await complete(transaction, await countEvents(transaction, definitions, ofUsers), clock());
    const userIds = [...new Set(completed.map((one) => one.userId))];
    return () => {
      if (published.length > 0) told();
      if (userIds.length > 0) notify(userIds);
    };
  };
}

/** What a trusted service could not record, a subgraph that has joined cannot send either: a sign-in least of all. */
function refuseFaults({ source, occurredAt, userId, ...event }: EventEnvelope, now: Date): void {
  const facts = { ...event, userId: userId!, occurredAt: Date.parse(occurredAt) };
  const [fault] = faultsOf(facts, now.getTime());
  if (fault !== undefined) throw new Error(`${source} sent what does not count: ${fault}`);
}

/** Stores versions of quests, and what is to become of the past by them. Resolves to those that are new and in force. */
async function publish(
  transaction: Transaction,
  published: readonly QuestTerms[],
  now: Date,
): Promise<readonly QuestTerms[]> {
  const inForce = await saveDefinitions(transaction, published);
  const wanted = inForce.flatMap((terms) =>
    terms.backfill === 'NONE' || terms.archivedAt !== null ? [] : [{ terms, mode: terms.backfill }],
  );
  await saveBackfills(transaction, wanted, now);
  failpoint('progress.afterPublication');
  return inForce;
}

const none: readonly QuestTerms[] = [];

/** Does an event tell of one of these versions? */
const isOf = ({ type, data }: EventEnvelope, versions: readonly QuestTerms[]): boolean =>
  type === 'QuestDefined' &&
  versions.some(
    ({ questId, version }) => questId === (data as QuestTerms).questId && version === (data as QuestTerms).version,
  );

/** Users of whom auth tells that they are deleted. */
const deletedBy = (events: readonly EventEnvelope[]): string[] =>
  events.flatMap((one) => (tellsOfDeletion(one) ? one.userId! : []));

const tellsOfDeletion = ({ source, type }: EventEnvelope): boolean => source === 'auth' && type === 'UserDeleted';

/** By player, what events tell of time zones. */
function toldBy(events: readonly EventEnvelope[]): Map<string, Zones> {
  const told = new Map<string, Zones>();
  for (const event of events) {
    const known = told.get(event.userId!) ?? nowhere;
    told.set(event.userId!, bothZones(known, zonesOf(event)));
  }
  return told;
}

/** Where an event of auth says that the player is, or is from then on. */
function zonesOf({ source, type, data, occurredAt }: EventEnvelope): Zones {
  const timeZone = source === 'auth' ? (data as { timeZone?: unknown } | null)?.timeZone : undefined;
  if (typeof timeZone !== 'string') return nowhere;
  const fact = { at: Date.parse(occurredAt), timeZone };
  return type === 'UserTimeZoneChanged' ? { home: null, moves: [fact] } : { home: fact, moves: [] };
}
