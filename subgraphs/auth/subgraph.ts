import type { Carrier } from '../../shared/delivery/carrier.ts';
import { type Clock, wallClock } from '../../shared/clock.ts';
import { openDatabase } from '../../shared/database/database.ts';
import { openDeadLetterDesk } from '../../shared/delivery/deadLetterDesk.ts';
import type { Seal } from '../../shared/events.ts';
import { type Handler, answerJson } from '../../shared/process/http.ts';
import type { JsonWebKeySet, KeySource } from '../../shared/identity.ts';
import { startInbox } from '../../shared/delivery/inbox.ts';
import { startInboxRetention, usualInboxDays } from '../../shared/delivery/inboxRetention.ts';
import { watchOutbox } from '../../shared/delivery/lag.ts';
import type { Log } from '../../shared/process/log.ts';
import { type Meter, noMeter } from '../../shared/process/metrics.ts';
import { operatorsOnly } from '../../shared/subgraph/operators.ts';
import { OutboxRow } from '../../shared/delivery/outbox.ts';
import type { OlderSchema } from '../../shared/database/migrations.ts';
import { fixPartitions, usualPartitions } from '../../shared/delivery/partitions.ts';
import { startRelay } from '../../shared/delivery/relay.ts';
import { type Subgraph, startSubgraph } from '../../shared/subgraph/subgraph.ts';
import { openAdmission } from './signIn/admission.ts';
import { saveAudit } from './audit/auditStore.ts';
import { committer } from './commit.ts';
import { keepAuditEntries } from './audit/consumer.ts';
import { type Limits, openContext } from './context.ts';
import { RefreshTokenRow, SessionRow, SignInRow, UserRow } from './entities.ts';
import { answerDeletions } from './rights/deletions.ts';
import { endingsPath, openEndings } from './sessions/endings.ts';
import { openLimiter } from './signIn/limiter.ts';
import { authMigrations } from './migrations/all.ts';
import { openPasswords } from './signIn/passwords.ts';
import { type ProviderSettings, openProviders } from './signIn/providers.ts';
import { resolvers } from './resolvers.ts';
import { seedDemo } from './users/seed.ts';
import { startSessionExpiry } from './sessions/sessionExpiry.ts';
import { openTokens } from './sessions/tokens.ts';

export interface AuthSettings {
  databaseUrl: string;
  host: string;
  port: number;
  gatewaySecret: string;
  /** Secrets that gateways still show, or show already. */
  acceptedGatewaySecrets?: readonly string[];
  /** Stays the caller's to close, after the subgraph has stopped. */
  carrier: Carrier;
  seal: Seal;
  /** Where wrong passwords are counted; absent: in this process. */
  redisUrl?: string;
  /** PEM, PKCS8: a private key of the curve P-256. */
  signingKey: string;
  /** PEM: public keys whose tokens are still good. */
  previousKeys?: readonly string[];
  /** Who else may vouch for players. */
  providers?: readonly ProviderSettings[];
  /** Where they differ from the usual ones. */
  limits?: Partial<Limits>;
  /** For how many days events are known by their ids. */
  inboxDays?: number;
  /** Subgraphs that have joined: what operators do there is on record here too. */
  sources?: readonly string[];
  /** Adds the demo users. */
  demo: boolean;
  /** What time it is in the game; absent: what time it is. */
  clock?: Clock;
  log: Log;
  meter?: Meter;
  /** To the database, for requests; other work has its own in proportion. */
  connections?: number;
  /** A streaming replica of the database, which serves reports. */
  readUrl?: string;
  /** What happens when the tables are older than the program; absent: they are brought up to date. */
  older?: OlderSchema;
  /** Among how many partitions of the users processes share their work; fixed when the data is made. */
  partitions?: number;
}

export interface Auth extends Subgraph {
  /** Where the gateway learns which sessions have ended. */
  endingsUrl: string;
  /** Where other subgraphs find the public keys. */
  jwksUrl: string;
  /** The same keys for subgraphs in this process. */
  keys: KeySource;
}

/** A school or a train shares an address; a script that makes guests does not stop at these. */
export const usualLimits: Limits = { guestSignInsPerMinute: 600, timeZoneChangesPer30Days: 4 };

const jwksPath = '/.well-known/jwks.json';

/** Starts auth: tables, relay and inbox, then the door. Stopping goes the other way round, so that the last answers' events are still relayed or kept. */
export async function startAuth(settings: AuthSettings): Promise<Auth> {
  const { log, carrier, seal, host, port, gatewaySecret, meter = noMeter, clock = wallClock, sources = [] } = settings;
  const { partitions = usualPartitions } = settings;
  const tokens = openTokens(settings.signingKey, settings.previousKeys);
  const passwords = openPasswords();
  await using starting = new AsyncDisposableStack();
  const database = await openDatabase({
    url: settings.databaseUrl,
    subgraph: 'auth',
    entities: [UserRow, SessionRow, RefreshTokenRow, SignInRow, OutboxRow],
    migrations: authMigrations,
    ...(settings.older && { older: settings.older }),
    ...(settings.connections && { connections: settings.connections }),
    ...(settings.readUrl && { readUrl: settings.readUrl }),
    // Sign-ins that come again and again because a row is locked must not take every connection to wait there.
    lockMs: 1000,
    log,
  });
  starting.defer(() => database.close());
  const [counting, jobs] = [database.of('counting'), database.of('jobs')];
  await fixPartitions(database, 'auth', partitions);
  if (settings.demo) await seedDemo(database, passwords, clock());
  const relay = startRelay(counting, carrier, seal, 'auth', log, { partitions });
  starting.defer(() => relay.stop());
  const inbox = startInbox(
    counting,
    carrier,
    seal,
    'auth',
    ['catalog', 'progress', ...sources],
    keepAuditEntries,
    log,
    { partitions },
  );
  starting.defer(() => inbox.stop());
  const retention = startInboxRetention(jobs, settings.inboxDays ?? usualInboxDays, log);
  starting.defer(() => retention.stop());
  const deadLetters = openDeadLetterDesk({
    list: 'auth-dead-letters',
    database,
    letters: inbox.deadLetters,
    record: (transaction, entry, now) => saveAudit(transaction, now, entry),
  });
  watchOutbox(meter, jobs, carrier, 'auth', partitions);
  meter.gauge('dead_letters', 'Audit entries that could not be stored', () => deadLetters.count());
  const limits = { ...usualLimits, ...settings.limits };
  const limiter = await openLimiter(settings.redisUrl, limits.guestSignInsPerMinute, log);
  starting.defer(() => limiter.close());
  const expiry = startSessionExpiry(jobs, clock, log);
  starting.defer(() => expiry.stop());
  const endings = await openEndings(database, carrier, log);
  const commit = committer(database, () => relay.wake());
  const furniture = {
    database,
    passwords,
    tokens,
    limiter,
    limits,
    clock,
    providers: openProviders(settings.providers ?? [], log),
    commit,
    deadLetters,
    operators: operatorsOnly((refused, now) => saveAudit(database.fork(), now, refused)),
    admission: openAdmission(commit),
    sessionsEnded: () => endings.notify(),
  };
  const subgraph = await startSubgraph({
    schemaFile: new URL('schema.graphql', import.meta.url),
    resolvers,
    context: (caller) => openContext(furniture, caller),
    host,
    port,
    gatewaySecret,
    ...(settings.acceptedGatewaySecrets && { acceptedGatewaySecrets: settings.acceptedGatewaySecrets }),
    keys: tokens.keys,
    log,
    ready: () => jobs.ping(),
    route: (path, request, response) => path === jwksPath && answerKeys(tokens.jwks, request, response),
    gatewayRoute: async (path, request, response) =>
      (await endings.answer(path, request, response)) || answerDeletions(database, path, request, response),
  });
  starting.defer(() => subgraph.stop());
  starting.defer(() => endings.stop());
  const running = starting.move();
  return {
    url: subgraph.url,
    leave: () => subgraph.leave(),
    jwksUrl: new URL(jwksPath, subgraph.url).href,
    endingsUrl: new URL(endingsPath, subgraph.url).href,
    keys: tokens.keys,
    stop: () => running.disposeAsync(),
  };
}

function answerKeys(jwks: JsonWebKeySet, _: Parameters<Handler>[0], response: Parameters<Handler>[1]): true {
  response.setHeader('cache-control', 'public, max-age=300');
  answerJson(response, 200, jwks);
  return true;
}
