import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Carrier } from '../../../shared/delivery/carrier.ts';
import { localCarrier } from '../../../shared/delivery/carrierLocal.ts';
import { type Database, openDatabase, rows } from '../../../shared/database/database.ts';
import { type EventEnvelope, Seal, event } from '../../../shared/events.ts';
import type { QuestTerms } from '../../../shared/questTerms.rules.ts';
import { openLog } from '../../../shared/process/log.ts';
import { OutboxRow, outboxMigration, send } from '../../../shared/delivery/outbox.ts';
import { partitionsMigration } from '../../../shared/delivery/partitions.ts';
import { type Relay, startRelay } from '../../../shared/delivery/relay.ts';
import { testKeys } from '../../../shared/testing/tokens.ts';
import { testDatabase, until } from '../../../shared/testing/harness.ts';
import { BackfillRow, CompensationRow } from '../entities.ts';
import { progressMigrations } from '../migrations/all.ts';
import { startProgress } from '../subgraph.ts';
import type { WebhookSettings } from '../webhooks/deliveries.ts';

export const seal = new Seal('a secret for tests, as long as secrets must be');
export const log = openLog('test', process.env['LOG_LEVEL'] ?? 'silent');
const gatewaySecret = 'the gateway secret of the tests, long enough';

export interface Answer {
  // A test names the fields that it reads.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  data: any;
  /** Of the first error. */
  code: string | undefined;
  message: string | undefined;
}

/** A sender with an outbox of its own, as auth and catalog are. */
export interface Sender {
  database: Database;
  relay: Relay;
  send(...events: EventEnvelope[]): Promise<void>;
  stop(): Promise<void>;
}

const migrate = (subgraph: string, migrations: typeof progressMigrations) => async (url: string) =>
  (await openDatabase({ url, subgraph, entities: [OutboxRow], migrations, log })).close();

export async function openSender(source: string, carrier: Carrier): Promise<Sender> {
  const { url, drop } = await testDatabase('sender', migrate('sender', [outboxMigration, partitionsMigration]));
  const database = await openDatabase({
    url,
    subgraph: source,
    entities: [OutboxRow],
    migrations: [outboxMigration, partitionsMigration],
    log,
  });
  const relay = startRelay(database, carrier, seal, source, log, { everyMs: 20 });
  return {
    database,
    relay,
    async send(...events) {
      await database.transaction((transaction) => send(transaction, events));
      relay.wake();
    },
    async stop() {
      await relay.stop();
      await database.close();
      await drop();
    },
  };
}

/** The subgraph of progress on a database of its own, which is empty unless one is given, with a look into that database. */
export async function openStage(
  carrier: Carrier,
  given?: { url: string; drop(): Promise<void> },
  sources: readonly string[] = [],
  webhooks?: WebhookSettings,
) {
  const { url, drop } = given ?? (await testDatabase('progress', migrate('progress', progressMigrations)));
  const start = () =>
    startProgress({
      databaseUrl: url,
      host: '127.0.0.1',
      port: 0,
      gatewaySecret,
      carrier,
      seal,
      keys: testKeys().keys,
      sources,
      ...(webhooks && { webhooks }),
      log,
    });
  let subgraph = await start();
  const database = await openDatabase({
    url,
    subgraph: 'look',
    entities: [OutboxRow, BackfillRow, CompensationRow],
    migrations: progressMigrations,
    log,
  });
  const em = database.fork();
  return {
    url,
    database,
    /** Asks the subgraph as the gateway would. */
    async ask(query: string, variables: object, token: string): Promise<Answer> {
      const response = await fetch(subgraph.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-gateway-secret': gatewaySecret,
          authorization: `Bearer ${token}`,
        },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors } = (await response.json()) as {
        data: Answer['data'];
        errors?: { message: string; extensions: { code: string } }[];
      };
      return { data, code: errors?.[0]?.extensions.code, message: errors?.[0]?.message };
    },
    query: <Row>(sql: string, parameters: unknown[] = []) => rows<Row>(em, sql, parameters),
    async count(sql: string, parameters: unknown[] = []): Promise<number> {
      const [row] = await rows<{ n: number }>(em, `select count(*)::int as n from ${sql}`, parameters);
      return row!.n;
    },
    async restart() {
      await subgraph.stop();
      subgraph = await start();
    },
    async stop() {
      await subgraph.stop();
      await database.close();
      await drop();
    },
  };
}

export type Stage = Awaited<ReturnType<typeof openStage>>;

/** A stage that stands before the first test of a file or a describe, and goes with its carrier after the last; until then it is empty. */
export function stageForTests(carrier: Carrier = localCarrier(), webhooks?: WebhookSettings): Stage {
  const stage = {} as Stage;
  beforeAll(async () => void Object.assign(stage, await openStage(carrier, undefined, [], webhooks)));
  afterAll(async () => {
    await stage.stop();
    await carrier.close();
  });
  return stage;
}

export const defined = (terms: QuestTerms) =>
  event(
    'QuestDefined',
    { id: `${terms.questId}:${terms.version}`, source: 'catalog', userId: null, occurredAt: new Date(terms.startsAt) },
    terms,
  );

export const signIn = (userId: string, occurredAt = new Date('2026-11-21T12:00:00Z'), id: string = randomUUID()) =>
  event('UserSignIn', { id, source: 'auth', userId, occurredAt }, { timeZone: 'Europe/Berlin' });

/** Resolves when nothing is on its way any more. */
export async function quiet(...senders: Sender[]): Promise<void> {
  for (const { database } of senders)
    await until(async () => {
      const [row] = await rows<{ n: number }>(database.fork(), 'select count(*)::int as n from outbox');
      return row!.n === 0;
    }, 'every event to be confirmed');
  await sleep(0);
}
