import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Postgres, startPostgres } from '../../local/postgres.ts';
import { openFolder } from '../../local/postgresFolder.ts';
import { connect } from '../../local/sql.ts';
import { type Database, openDatabase, rows } from '../database/database.ts';
import { OutboxRow } from '../delivery/outbox.ts';
import { testDatabase, until } from '../testing/harness.ts';

/** A primary and a hot standby that streams from it. */
let [primary, standby]: Postgres[] = [];
let database: Database;
const wanted = ['primary', 'standby'].map((name) => mkdtempSync(join(tmpdir(), `questline-${name}-`)));
for (const folder of wanted) chmodSync(folder, 0o755); // as root, PostgreSQL runs as another user
/** Where it can enter. */
const folders = wanted.map((folder) => openFolder(folder).folder);
const [first, second] = folders as [string, string];
const lines: string[] = [];
const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
const settings = { subgraph: 'shared', entities: [OutboxRow], migrations: [], log };
const fast = ['-c', 'fsync=off', '-c', 'max_connections=40'];
const startStandby = () => startPostgres({ dataDir: second, flags: fast });

beforeAll(async () => {
  primary = await startPostgres({ dataDir: first, flags: fast });
  await primary.database('app');
  await primary.stop();
  execFileSync('cp', ['-a', `${first}/.`, second]);
  primary = await startPostgres({ dataDir: first, flags: fast });
  const { username, password, hostname, port } = new URL(primary.url('app'));
  const data = join(second, 'data');
  const { uid, gid } = statSync(data);
  writeFileSync(join(data, 'standby.signal'), '');
  chownSync(join(data, 'standby.signal'), uid, gid);
  const source = `host=${hostname} port=${port} user=${username} password=${password}`;
  appendFileSync(join(data, 'postgresql.auto.conf'), `primary_conninfo = '${source}'\n`);
  standby = await startStandby();
  database = await openDatabase({ ...settings, url: primary.url('app'), readUrl: standby.url('app') });
  await rows(database.fork(), 'create table mark (n int primary key)');
});
afterAll(async () => {
  await database.close();
  await standby!.stop();
  await primary!.stop();
  for (const folder of [...wanted, ...folders]) rmSync(folder, { recursive: true, force: true });
});

let marks = 0;
/** Writes a mark, and reads at once whether it is there and where that was read. */
async function writeAndRead(): Promise<{ isThere: boolean; isReplica: boolean }> {
  await rows(database.fork(), 'insert into mark values ($1)', [++marks]);
  const found = await database.read((em) =>
    rows<{ isThere: boolean; isReplica: boolean }>(
      em,
      'select exists (select from mark where n = $1) as "isThere", pg_is_in_recovery() as "isReplica"',
      [marks],
    ),
  );
  return found[0]!;
}
async function delay(text: string): Promise<void> {
  const session = await connect(standby!.url('postgres'));
  await session.query(`alter system set recovery_min_apply_delay = '${text}'`);
  await session.query('select pg_reload_conf()');
  await session.end();
}

test('a replica is read, and what was just written is in it', async () => {
  await until(async () => (await writeAndRead()).isReplica, 'the replica is read');
  for (let n = 0; n < 20; n++) expect((await writeAndRead()).isThere).toBe(true);
});

test('while the replica is five seconds behind the primary is read, and the replica again afterwards', async () => {
  await delay('5s');
  await until(async () => {
    const { isThere, isReplica } = await writeAndRead();
    expect(isThere).toBe(true);
    return !isReplica;
  }, 'the primary is read');
  expect(lines.join('')).toContain('the primary is read in place of the replica');
  await delay('0');
  await until(async () => {
    const { isThere, isReplica } = await writeAndRead();
    expect(isThere).toBe(true);
    return isReplica;
  }, 'the replica is read again');
});

test('while the replica is away the primary is read', async () => {
  await standby!.stop();
  for (let n = 0; n < 5; n++) expect(await writeAndRead()).toEqual({ isThere: true, isReplica: false });
  const other = await openDatabase({ ...settings, url: primary!.url('app'), readUrl: standby!.url('app') });
  expect(await other.read((em) => rows(em, 'select 1 as n'))).toEqual([{ n: 1 }]);
  await other.close();
  standby = await startStandby();
  await database.close();
  database = await openDatabase({ ...settings, url: primary!.url('app'), readUrl: standby.url('app') });
  await until(async () => (await writeAndRead()).isReplica, 'the replica is read again');
});

test('a replica in the place of the primary is refused, and another database in the place of the replica', async () => {
  const { url, drop } = await testDatabase('stranger', async () => {});
  await expect(openDatabase({ ...settings, url: standby!.url('app') })).rejects.toThrow(
    'The database of shared is a replica, which takes no writes.',
  );
  await expect(openDatabase({ ...settings, url: primary!.url('app'), readUrl: url })).rejects.toThrow(
    'DATABASE_READ_URL of shared names no replica of its database.',
  );
  await drop();
});
