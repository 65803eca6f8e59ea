import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type Carrier, type Delivery, shareOf } from '../delivery/carrier.ts';
import { openRedisCarrier } from '../delivery/carrierRedis.ts';
import { type Database, openDatabase, rows } from '../database/database.ts';
import { type EventEnvelope, Seal } from '../events.ts';
import { openLog } from '../process/log.ts';
import { OutboxRow, outboxMigration, send } from '../delivery/outbox.ts';
import { partitionsMigration } from '../delivery/partitions.ts';
import { type Relay, startRelay } from '../delivery/relay.ts';
import { testDatabase, until } from '../testing/harness.ts';
import { type Redis as Server, startRedis } from '../testing/redis.ts';

const log = openLog('test', 'silent');
const seal = new Seal('a secret for tests, as long as secrets must be');
const settings = { subgraph: 'relay', entities: [OutboxRow], migrations: [outboxMigration, partitionsMigration], log };

describe('the relay and Redis', () => {
  let server: Server;
  let carrier: Carrier;
  let redis: Redis;
  let database: Database;
  const stops: (() => Promise<unknown>)[] = [];
  beforeEach(async () => {
    server = await startRedis();
    carrier = await openRedisCarrier(server.url, log);
    redis = new Redis(server.url);
    const { url, drop } = await testDatabase('relay', async (template) =>
      (await openDatabase({ ...settings, url: template })).close(),
    );
    database = await openDatabase({ ...settings, url });
    stops.push(
      server.stop,
      drop,
      () => database.close(),
      () => carrier.close(),
      async () => redis.disconnect(),
    );
  });
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  });

  const start = (source: string): Relay => {
    const relay = startRelay(database, carrier, seal, source, log, { everyMs: 20, partitions: 1 });
    stops.push(() => relay.stop());
    return relay;
  };
  const envelope = (source: string): EventEnvelope => ({
    id: randomUUID(),
    source,
    type: 'Something',
    version: 1,
    userId: randomUUID(),
    occurredAt: '2026-11-21T12:00:00.000Z',
    data: null,
  });
  const put = (source: string, count: number) =>
    database.transaction((transaction) =>
      send(
        transaction,
        Array.from({ length: count }, () => envelope(source)),
      ),
    );
  const waiting = async (where = 'true') =>
    (await rows<{ n: number }>(database.fork(), `select count(*)::int as n from outbox where ${where}`))[0]!.n;
  const published = (count: number) =>
    until(async () => (await waiting('published_at is not null')) === count, `${count} events to be published`);
  const confirm = (...places: string[]) => redis.rpush('questline:{auth:0}:confirmed:progress', ...places);

  test('events that no subgraph waits for leave, and do not fill the carrier', async () => {
    start('progress');
    for (let n = 0; n < 4; n++) {
      await put('progress', 500);
      await until(async () => (await waiting()) === 0, 'the outbox to be empty');
    }
    expect((await carrier.lengths(['progress:0']))[0]).toBeLessThanOrEqual(1000);
  });

  test('an event that commits long after its number was taken travels too', async () => {
    const [sent, mayCommit] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const late = database.transaction(async (transaction) => {
      await send(transaction, [envelope('auth')]);
      sent.resolve();
      await mayCommit.promise;
    });
    await sent.promise;
    await put('auth', 1);
    start('auth');
    await published(1);
    // Where the outbox begins, the relay looks up once a second.
    await sleep(3500);
    mayCommit.resolve();
    await late;
    await published(2);
  });

  test('a confirmation of another life of the database lets no event go', async () => {
    await put('auth', 1);
    start('auth');
    await published(1);
    const [row] = await rows<{ number: string; position: string }>(
      database.fork(),
      'select number, position from outbox',
    );
    // The same number, published at another place: a stream that outlived the database, or an entry that somebody made up.
    await confirm(`1-1 ${row!.number}`, `9-9 ${row!.number} ${row!.position}`, row!.number, '');
    // One that is genuine, and comes after them, shows that they were looked at.
    await put('auth', 1);
    await published(2);
    const [second] = await rows<{ number: string; position: string }>(
      database.fork(),
      'select number, position from outbox where number <> $1',
      [row!.number],
    );
    await confirm(`${second!.position} ${second!.number}`);
    await until(async () => (await waiting('number <> ' + row!.number)) === 0, 'the genuine one to be taken');
    expect(await waiting()).toBe(1);
    await confirm(`${row!.position} ${row!.number}`);
    await until(async () => (await waiting()) === 0, 'the event to be let go');
  });

  test('what one subgraph waits for is not lost because another is done with it', async () => {
    const entry = { ...envelope('catalog'), type: 'OperatorActed' };
    await database.transaction((transaction) => send(transaction, [entry]));
    start('catalog');
    await published(1);
    const positionOf = async (number: string) =>
      (await rows<{ position: string }>(database.fork(), 'select position from outbox where number = $1', [number]))[0]!
        .position;
    const [row] = await rows<{ number: string; awaiting: string[]; position: string }>(
      database.fork(),
      'select number, awaiting, position from outbox',
    );
    expect(row!.awaiting).toEqual(['auth']);
    const passed = new Set<string>();
    stops.push(
      carrier.consume(shareOf('catalog:0'), 'progress', async (batch) => batch.forEach(({ id }) => passed.add(id))),
    );
    await until(() => passed.has(row!.number), 'progress to be done with it');
    // One that is lost indeed shows that the relay has asked about both.
    await rows(database.fork(), `update outbox set published_at = published_at - interval '1 minute'`);
    const [lost] = await rows<{ number: string }>(
      database.fork(),
      `insert into outbox (envelope, awaiting, position, published_at)
       values ($1, '{auth}', '1-1', clock_timestamp() - interval '1 minute') returning number`,
      [JSON.stringify({ ...entry, id: randomUUID() })],
    );
    await until(async () => ![null, '1-1'].includes(await positionOf(lost!.number)), 'the lost one to be published');
    expect(await positionOf(row!.number)).toBe(row!.position);
  });

  test('only what is confirmed is trimmed, in whatever order the rows lie', async () => {
    await put('auth', 50);
    // The rows lie in the opposite order of their numbers, as they do once the carrier has lost some and they were published again.
    await rows(
      database.fork(),
      `with gone as (delete from outbox returning *)
       insert into outbox (number, envelope, awaiting, hash) overriding system value select number, envelope, awaiting, hash from gone order by number desc`,
    );
    await redis.xgroup('CREATE', 'questline:{auth:0}:events', 'progress', '0', 'MKSTREAM');
    start('auth');
    await published(50);
    const [some] = await rows<{ number: string; position: string }>(
      database.fork(),
      'select number, position from outbox order by number offset 25 limit 1',
    );
    await confirm(`${some!.position} ${some!.number}`);
    await until(async () => (await waiting()) === 49, 'the confirmed one to leave');
    const held = new Set((await redis.xrange('questline:{auth:0}:events', '-', '+')).map(([position]) => position));
    const kept = await rows<{ position: string }>(database.fork(), 'select position from outbox');
    expect(kept.filter(({ position }) => !held.has(position))).toEqual([]);
  });

  test('what a version of before partitions has published is published again, and removed from where it lay', async () => {
    const { url, drop } = await testDatabase('unpartitioned', async () => {});
    stops.push(drop);
    const before = await openDatabase({ ...settings, url, migrations: [outboxMigration] });
    await rows(
      before.fork(),
      `insert into outbox (envelope, awaiting, position, published_at) values ($1, '{progress}', '1-1', clock_timestamp())`,
      [JSON.stringify(envelope('auth'))],
    );
    await before.close();
    await redis.xadd('questline:events:auth', '1-1', 'id', '1', 'event', 'x');
    database = await openDatabase({ ...settings, url });
    const opened = database;
    stops.push(() => opened.close());
    start('auth');
    await published(1);
    expect(await redis.xlen('questline:{auth:all}:events')).toBe(1);
    await until(async () => (await redis.exists('questline:events:auth')) === 0, 'the former stream to go');
  });

  test('it waits while Redis has little memory left, and goes on', async () => {
    await redis.config('SET', 'maxmemory', '64mb');
    await redis.setrange('of somebody else', 55_000_000, 'x');
    const relay = start('auth');
    await put('auth', 10);
    expect(await carrier.capacities(['auth:0'])).toEqual([0]);
    relay.wake();
    await redis.del('of somebody else');
    expect((await carrier.capacities(['auth:0']))[0]).toBeGreaterThan(0);
    await published(10);
  });

  test('a batch that fails after it was applied comes again and is confirmed', async () => {
    const seen: string[] = [];
    const handle = async (batch: Delivery[]) => {
      seen.push(...batch.map(({ id }) => id));
      if (seen.length === 1) await redis.config('SET', 'maxmemory', '1');
      else await redis.config('SET', 'maxmemory', '0');
    };
    await put('auth', 1);
    start('auth');
    await published(1);
    stops.push(carrier.consume(shareOf('auth:0'), 'progress', handle));
    await until(async () => (await waiting()) === 0, 'the event to be confirmed');
    expect(seen.length).toBeGreaterThan(1);
  });
});
