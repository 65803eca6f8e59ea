import DataLoader from 'dataloader';
import type { Clock } from '../../shared/clock.ts';
import { type Database, type Transaction, inIndexOrder } from '../../shared/database/database.ts';
import type { DeadLetterDesk } from '../../shared/delivery/deadLetterDesk.ts';
import { type EventEnvelope } from '../../shared/events.ts';
import type { QuestTerms } from '../../shared/questTerms.rules.ts';
import type { Acting, OperatorsOnly } from '../../shared/subgraph/operators.ts';
import { type SubgraphHealth, findHealth } from '../../shared/process/health.ts';
import { type Viewer } from '../../shared/identity.ts';
import type { Inbox } from '../../shared/delivery/inbox.ts';
import { type Connection, type Page, connectionOf } from '../../shared/subgraph/paging.ts';
import { type RecordPage, findRecords } from '../../shared/subgraph/records.ts';
import type { Caller } from '../../shared/subgraph/subgraph.ts';
import { type ActivityDay, findActivity } from './operations/activityStore.ts';
import type { BackfillDesk } from './backfill/backfillDesk.ts';
import { type Claimed, claimAll, claimOne } from './completions/claimStore.ts';
import type { Definitions } from './definitions/definitions.rules.ts';
import { findVersions, keepDefinitions } from './definitions/definitionStore.ts';
import { type Explanation, explain } from './explaining/explainStore.ts';
import type { EventFilter } from './events/eventFilter.rules.ts';
import * as eventLog from './events/eventStore.ts';
import { findHistoryBegin } from './events/monthStore.ts';
import { type Grant, type NewGrant, findGrants, saveGrant } from './wallet/grantStore.ts';
import * as history from './completions/completionStore.ts';
import { findBalances, findLedger } from './wallet/ledgerStore.ts';
import { exportedKinds } from './players/exportStore.ts';
import type { CompensationDesk } from './pauses/compensationDesk.ts';
import type { PauseDesk } from './pauses/pauseDesk.ts';
import type { WebhookDesk } from './webhooks/webhookDesk.ts';
import type { Popups } from './popups/popups.ts';
import { recordedOf, refuseConflicts, withPlaces } from './events/recording.ts';
import { refuseStrangers } from './events/strangers.ts';
import { countPopups, saveSeen } from './popups/seenStore.ts';
import type { Tail } from './events/tail.ts';
import { type ProgressOn, standingReader } from './enrolments/standings.ts';

export interface UserRef {
  id: string;
}

/** Something of a player, by its id. */
interface PlayersOwn {
  userId: string;
  id: string;
}

export interface WalletOf {
  userId: string;
  balances: { item: string; quantity: number }[];
}

/** A page of completions, and what counts them all when asked. */
export interface Completions extends Connection<history.Completion> {
  count(): Promise<number>;
}

/** What a request may use. Loaders batch and do not remember: a subscription lives long, and each of its events must see the truth. */
export interface Context {
  viewer: Viewer | null;
  clock: Clock;
  completionById: DataLoader<string, history.Completion | undefined>;
  completionOf: DataLoader<PlayersOwn, history.Completion | undefined>;
  claimableOf: DataLoader<string, number>;
  versionOf: DataLoader<{ questId: string; version: number }, QuestTerms | undefined>;
  walletOf: DataLoader<string, WalletOf>;
  progressOf: DataLoader<string, ProgressOn[]>;
  popupSeqOf: DataLoader<string, string>;
  findProgress(userId: string, questId: string): Promise<ProgressOn | undefined>;
  explain(progress: ProgressOn): Promise<Explanation>;
  findCompletions(userId: string, page: Page): Promise<Completions>;
  findUnseen(userId: string, page: Page): Promise<Completions>;
  saveSeen(userId: string, completionIds: readonly string[], upTo: string | null): Promise<void>;
  findEvents(userId: string, page: Page): Promise<eventLog.ListedEvent[]>;
  findAllEvents(filter: EventFilter, page: Page): Promise<eventLog.ListedEvent[]>;
  /** From when on the history of events is whole; null: nothing was removed. */
  findHistoryBegin(): Promise<Date | null>;
  findLedger(userId: string, page: Page): ReturnType<typeof findLedger>;
  /** A part of everything that is kept of this player. */
  findRecords(userId: string, asked: { first?: number | null; after?: string | null }): Promise<RecordPage>;
  findQuestStats(top: number): Promise<history.QuestStat[]>;
  findActivity(days: number): Promise<ActivityDay[]>;
  claimOne(userId: string, completionId: string): Promise<history.Completion>;
  claimAll(userId: string): Promise<history.Completion[]>;
  record(events: EventEnvelope[]): Promise<eventLog.RecordedEvent[]>;
  deadLetters: DeadLetterDesk;
  backfills: BackfillDesk;
  pauses: PauseDesk;
  compensations: CompensationDesk;
  webhooks: WebhookDesk;
  findHealth(): Promise<SubgraphHealth>;
  /** The caller, who wants to do what only operators may. Throws as `operatorsOnly` does. */
  operator(action: string, targetId: string | null): Promise<Acting>;
  grant(wanted: NewGrant): Promise<Grant>;
  grantOf: DataLoader<PlayersOwn, Grant | undefined>;
  popups: Popups;
  tail: Tail;
}

export interface Sources {
  database: Database;
  inbox: Inbox;
  deadLetters: DeadLetterDesk;
  backfills: BackfillDesk;
  pauses: PauseDesk;
  compensations: CompensationDesk;
  webhooks: WebhookDesk;
  popups: Popups;
  tail: Tail;
  readDefinitions: (em: ReturnType<Database['fork']>) => Promise<Definitions>;
  operators: OperatorsOnly;
  clock: Clock;
  /** Something was written that travels. */
  wakeRelay(): void;
}

/** Whatever comes in with the same turn of the event loop is loaded at once, and nothing is remembered. */
const unhurried = { cache: false, batchScheduleFn: (load: () => void) => void setImmediate(load) };

/** Makes the contexts of a subgraph. */
export function contextMaker({
  database,
  inbox,
  deadLetters,
  backfills,
  pauses,
  compensations,
  webhooks,
  popups,
  tail,
  readDefinitions,
  operators,
  clock,
  wakeRelay,
}: Sources): (caller: Caller) => Context {
  const em = database.fork();
  const loader = <Value>(load: (keys: readonly string[]) => Promise<Map<string, Value>>, none: Value) =>
    new DataLoader<string, Value>(async (keys) => {
      const found = await load([...new Set(keys)]);
      return keys.map((key) => found.get(key) ?? none);
    }, unhurried);

  const ofPlayers = <Own extends PlayersOwn>(find: (wanted: readonly PlayersOwn[]) => Promise<Own[]>) =>
    new DataLoader<PlayersOwn, Own | undefined>(async (wanted) => {
      const found = new Map((await find(wanted)).map((own) => [own.id, own]));
      return wanted.map(({ id }) => found.get(id));
    }, unhurried);

  const progress = standingReader(em, readDefinitions, clock);

  const written = async <T>(work: Parameters<typeof database.transaction<T>>[0]): Promise<T> => {
    const result = await database.transaction(work);
    wakeRelay();
    return result;
  };

  /** What a claim has paid; who has completed something by it hears of that. */
  const claimed = async (
    userId: string,
    work: (transaction: Transaction, definitions: Definitions) => Promise<Claimed>,
  ): Promise<history.Completion[]> => {
    const { paid, completed } = await written(async (transaction) => {
      await keepDefinitions(transaction);
      return work(transaction, await readDefinitions(transaction));
    });
    if (completed > 0) popups.notify([userId]);
    return paid;
  };

  // Of the subgraph, not of a request: what two players ask for at the same moment is read together, and each asks only for what it may see.
  const loaders = {
    completionById: loader<history.Completion | undefined>(
      async (ids) => new Map((await history.findCompletionsById(em, ids)).map((one) => [one.id, one])),
      undefined,
    ),
    completionOf: ofPlayers((wanted) => history.findCompletionsOf(em, wanted)),
    claimableOf: loader((userIds) => history.countClaimable(em, userIds), 0),
    versionOf: new DataLoader<{ questId: string; version: number }, QuestTerms | undefined>(async (wanted) => {
      const found = await findVersions(em, [...wanted]);
      return wanted.map(({ questId, version }) => found.get(`${questId} ${version}`));
    }, unhurried),
    walletOf: new DataLoader<string, WalletOf>(async (userIds) => {
      const found = await findBalances(em, userIds);
      return userIds.map((userId) => ({ userId, balances: found.filter((one) => one.userId === userId) }));
    }, unhurried),
    progressOf: loader(
      (userIds) => progress(userIds, (terms, completions) => isListed(terms, completions, clock())),
      [],
    ),
    grantOf: ofPlayers((wanted) => findGrants(em, wanted)),
    popupSeqOf: loader((userIds) => history.findPopupSeqs(em, userIds), '0'),
  };

  return ({ viewer, requestId }) => ({
    viewer,
    clock,
    popups,
    tail,
    ...loaders,
    explain: (progress) => explain(database, progress),
    async findProgress(userId, questId) {
      return (await progress([userId], (terms) => terms.questId === questId)).get(userId)![0];
    },
    async findCompletions(userId, page) {
      const found = await history.findCompletions(em, userId, page, false);
      return { ...connectionOf('completions', page, found), count: () => countPopups(em, userId, false) };
    },
    async findUnseen(userId, page) {
      const found = await history.findCompletions(em, userId, page, true);
      return { ...connectionOf('unseen', page, found), count: () => countPopups(em, userId, true) };
    },
    saveSeen: (userId, completionIds, upTo) => saveSeen(em, userId, completionIds, upTo),
    findEvents: (userId, page) => eventLog.findEvents(database, userId, page),
    findAllEvents: (filter, page) => database.read((_, reports) => eventLog.findAllEvents(reports, filter, page)),
    findLedger: (userId, { limit, before }) =>
      inIndexOrder(database, (transaction) => findLedger(transaction, userId, limit, before)),
    findHistoryBegin: () => findHistoryBegin(em),
    findHealth: () => database.read(findHealth),
    deadLetters,
    backfills,
    findRecords: (userId, asked) =>
      database.read((_, reports) =>
        inIndexOrder(reports, (transaction) =>
          findRecords(transaction, `progress-${userId}`, exportedKinds, userId, asked),
        ),
      ),
    pauses,
    compensations,
    webhooks,
    findQuestStats: (top) => database.read((em) => history.findQuestStats(em, top)),
    findActivity: (days) => database.read((em) => findActivity(em, clock(), days)),
    operator: (action, targetId) => operators({ viewer, action, targetId, requestId, now: clock() }),
    grant: (wanted) => written((transaction) => saveGrant(transaction, wanted)),
    claimOne: async (userId, completionId) =>
      (await claimed(userId, (...under) => claimOne(...under, userId, completionId, clock())))[0]!,
    claimAll: (userId) => claimed(userId, (...under) => claimAll(...under, userId, clock())),
    async record(events) {
      await refuseStrangers(em, events);
      const accepted = database.transaction(async (transaction) => {
        const { fresh, committed } = await inbox.accept(transaction, events);
        const isFresh = new Set(fresh);
        const repeated = await eventLog.findSame(
          transaction,
          events.filter((one) => !isFresh.has(one)),
        );
        // What was sent first in this batch is in both, and then it is as it was sent first.
        return { committed, stored: refuseConflicts(events, [...repeated, ...fresh.map(recordedOf)]) };
      });
      const { committed, stored } = await accepted.catch((error: unknown) => {
        throw withPlaces(error, events);
      });
      committed();
      return stored;
    },
  });
}

/** Quests that count now and that players may see, and whatever the player has completed. */
function isListed(terms: QuestTerms, completions: number, now: Date): boolean {
  return completions > 0 || (terms.archivedAt === null && !terms.hidden && isInWindow(terms, now));
}

const isInWindow = ({ startsAt, endsAt }: Pick<QuestTerms, 'startsAt' | 'endsAt'>, now: Date): boolean =>
  now.getTime() >= Date.parse(startsAt) && (endsAt === null || now.getTime() < Date.parse(endsAt));
