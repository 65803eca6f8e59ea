import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, openDatabase, rows } from '../database/database.ts';
import { startLeases } from '../delivery/leases.ts';
import { openLog } from '../process/log.ts';
import { OutboxRow, outboxMigration } from '../delivery/outbox.ts';
import {
  fixPartitions,
  hashOf,
  partitionOf,
  partitionsMigration,
  sourceOf,
  streamsOf,
} from '../delivery/partitions.ts';
import { testDatabase, until } from '../testing/harness.ts';

const log = openLog('test', 'silent');
const settings = {
  subgraph: 'partitions',
  entities: [OutboxRow],
  migrations: [outboxMigration, partitionsMigration],
  log,
};
const streams = streamsOf('auth', 16);
const times = { leaseMs: 1000, everyMs: 50 };
let database: Database;
let drop: () => Promise<void>;
beforeAll(async () => {
  const made = await testDatabase('partitions', async (url) => (await openDatabase({ ...settings, url })).close());
  [database, drop] = [await openDatabase({ ...settings, url: made.url }), made.drop];
});
afterAll(async () => {
  await database.close();
  await drop();
});

test('a user has the same partition in every process and for ever, in whichever case the id is written', () => {
  expect(hashOf('123e4567-e89b-12d3-a456-426614174000')).toBe(1_560_534_235);
  expect(hashOf('123E4567-E89B-12D3-A456-426614174000')).toBe(hashOf('123e4567-e89b-12d3-a456-426614174000'));
});

test('a stream says its source and its partition, also of a source whose name has dashes', () => {
  expect(streamsOf('loot-boxes', 2)).toEqual(['loot-boxes:all', 'loot-boxes:0', 'loot-boxes:1']);
  expect(streamsOf('loot-boxes', 2).map(partitionOf)).toEqual([-1, 0, 1]);
  expect(new Set(streamsOf('loot-boxes', 2).map(sourceOf))).toEqual(new Set(['loot-boxes']));
});

test('another number of partitions than the data was made with is refused', async () => {
  await fixPartitions(database, 'auth', 16);
  await fixPartitions(database, 'auth', 16);
  await expect(fixPartitions(database, 'auth', 8)).rejects.toThrow(
    'PARTITIONS is 8, but the data of auth was made with 16.',
  );
});

test('processes share the streams evenly; one that leaves or is gone leaves its share to the others', async () => {
  const one = startLeases(database, 'evenly', streams, log, times);
  await until(() => one.held().length === 17, 'the first to have all');
  const [two, three] = [1, 2].map(() => startLeases(database, 'evenly', streams, log, times)) as [
    typeof one,
    typeof one,
  ];
  const sizes = () => [one, two, three].map((leases) => leases.held().length).sort();
  await until(() => sizes().join() === '5,6,6', 'each to have a third');
  expect(new Set([one, two, three].flatMap((leases) => leases.held())).size).toBe(17);
  await two.stop();
  await until(() => one.held().length + three.held().length === 17, 'two to share');
  await three.stop();
  await until(() => one.held().length === 17, 'the last to have all again');
  // One that is gone without a word, as after kill -9.
  await rows(
    database.fork(),
    `insert into lease_holder (role, owner, until) values ('evenly', gen_random_uuid(), clock_timestamp() + interval '1 second')`,
  );
  await until(() => one.held().length < 17, 'room is made for it');
  await until(() => one.held().length === 17, 'its share comes back');
  await one.stop();
});

test('one that could not renew its leases in time holds nothing, and says so when it holds them again', async () => {
  const leases = startLeases(database, 'late', streams, log, { leaseMs: 200, everyMs: 20 });
  await until(() => leases.held().length === 17, 'it to have all');
  let changes = 0;
  leases.onChange(() => changes++);
  await database.transaction(async (transaction) => {
    await rows(transaction, 'lock table lease in access exclusive mode');
    await until(() => leases.held().length === 0, 'the leases to end');
    await sleep(20);
  });
  await until(() => leases.held().length === 17 && changes > 0, 'it to have them again');
  await leases.stop();
});

test('what a crash of the database has emptied is there again at the next look', async () => {
  const leases = startLeases(database, 'crash', streams, log, times);
  await until(() => leases.held().length === 17, 'it to have all');
  await rows(database.fork(), 'truncate lease, lease_holder');
  const held = async () => (await rows(database.fork(), `select from lease where role = 'crash'`)).length;
  await until(async () => (await held()) === 17, 'the leases to be there again');
  await leases.stop();
});
