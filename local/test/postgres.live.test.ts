import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinaries } from '../postgresBinaries.ts';
import { startPostgres, type Postgres, type PostgresSettings } from '../postgres.ts';
import { commandOf } from '../postmaster.ts';
import { connect } from '../sql.ts';

let dataDir: string;
const open: Postgres[] = [];

async function start(settings: Partial<PostgresSettings> = {}): Promise<Postgres> {
  const postgres = await startPostgres({ dataDir, flags: ['-c', 'fsync=off'], ...settings });
  open.push(postgres);
  return postgres;
}

async function ask<Row>(url: string, statement: string): Promise<Row[]> {
  const connection = await connect(url);
  try {
    return (await connection.query<Row>(statement)).rows;
  } finally {
    await connection.end();
  }
}

const isRunning = (pid: number) => commandOf(pid).length > 0;

beforeAll(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'questline-postgres-'));
  chmodSync(dataDir, 0o755);
});
afterEach(async () => {
  for (const postgres of open.splice(0)) await postgres.stop();
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

test('the first start makes a cluster, and a database when it is missing', async () => {
  const postgres = await start();
  expect(postgres.adopted).toBe(false);
  const url = await postgres.database('auth');
  expect(await postgres.database('auth')).toBe(url);
  await ask(url, 'create table kept as select 42 as answer');
  expect(statSync(join(dataDir, 'data', 'password')).mode & 0o777).toBe(0o600);
});

test('it listens on loopback only, has no unix socket, and lets nobody in without the password', async () => {
  const postgres = await start();
  expect(await ask(postgres.url('postgres'), `select current_setting('listen_addresses') as addresses`)).toEqual([
    { addresses: '127.0.0.1' },
  ]);
  expect(await ask(postgres.url('postgres'), `select current_setting('unix_socket_directories') as sockets`)).toEqual([
    { sockets: '' },
  ]);
  const stranger = Object.assign(new URL(postgres.url('postgres')), { password: 'guessed' }).href;
  await expect(connect(stranger)).rejects.toThrow('password authentication failed');
});

test('a later start finds the data, on the same port', async () => {
  const first = await start();
  await first.stop();
  const second = await start();
  expect(second.url('auth')).toBe(first.url('auth'));
  expect(await ask(second.url('auth'), 'select answer from kept')).toEqual([{ answer: 42 }]);
});

test('stop leaves no process, and can be called twice', async () => {
  const postgres = await start();
  await Promise.all([postgres.stop(), postgres.stop()]);
  expect(isRunning(postgres.pid)).toBe(false);
  expect(existsSync(join(dataDir, 'data', 'postmaster.pid'))).toBe(false);
});

test('the server of a launcher that was killed is adopted, with its data', async () => {
  const script = `
    const { startPostgres } = await import(${JSON.stringify(new URL('../postgres.ts', import.meta.url).href)});
    const postgres = await startPostgres({ dataDir: ${JSON.stringify(dataDir)} });
    console.log(postgres.pid);
    setInterval(() => {}, 1000);`;
  const launcher = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [printed] = (await once(launcher.stdout, 'data')) as [Buffer];
  launcher.kill('SIGKILL');
  await once(launcher, 'exit');
  const orphan = Number(printed.toString());
  expect(isRunning(orphan)).toBe(true);
  const adopter = await start();
  expect(adopter).toMatchObject({ adopted: true, pid: orphan });
  expect(await ask(adopter.url('auth'), 'select answer from kept')).toEqual([{ answer: 42 }]);
  await adopter.stop();
  expect(isRunning(orphan)).toBe(false);
});

test('the file of a crash that names a stranger by now is not believed', async () => {
  writeFileSync(
    join(dataDir, 'data', 'postmaster.pid'),
    `${process.pid}\n${dataDir}/data\n0\n1\n\n127.0.0.1\n\nready\n`,
  );
  expect((await start()).adopted).toBe(false);
});

test('a second start while the first one lives is refused and does it no harm', async () => {
  const first = await start();
  await expect(start()).rejects.toMatchObject({
    name: 'StartRefusal',
    message: expect.stringContaining('already running'),
  });
  expect(await ask(first.url('auth'), 'select answer from kept')).toEqual([{ answer: 42 }]);
});

test('of two first starts at the same moment one wins and the other is refused', async () => {
  const folder = join(dataDir, 'both');
  const ends = await Promise.allSettled([start({ dataDir: folder }), start({ dataDir: folder })]);
  expect(ends.map((end) => end.status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(ends.find((end) => end.status === 'rejected')?.reason).toMatchObject({ name: 'StartRefusal' });
});

test('a folder that cannot be written is a refusal with a fix', async () => {
  writeFileSync(join(dataDir, 'file'), '');
  await expect(start({ dataDir: join(dataDir, 'file', 'data') })).rejects.toMatchObject({
    name: 'StartRefusal',
    message: expect.stringContaining('cannot be used for the database (ENOTDIR)'),
    fix: expect.stringContaining('choose another data folder'),
  });
});

test('a port that someone has is a refusal that names it', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  try {
    await expect(start({ port })).rejects.toMatchObject({
      name: 'StartRefusal',
      message: `Port ${port} is taken by another program.`,
    });
  } finally {
    await new Promise((resolve) => other.close(resolve));
  }
});

test('data of another major version is a refusal that names both', async () => {
  const file = join(dataDir, 'data', 'PG_VERSION');
  const written = readFileSync(file);
  writeFileSync(file, '99\n');
  await expect(start()).rejects.toMatchObject({
    name: 'StartRefusal',
    message: expect.stringContaining('written by PostgreSQL 99'),
  });
  writeFileSync(file, written);
});

test('a machine where no PostgreSQL runs is told what to do', () => {
  const folder = join(dataDir, 'musl');
  spawnSync('mkdir', ['-p', folder]);
  writeFileSync(join(folder, 'postgres'), '#!/no/such/loader\n', { mode: 0o755 });
  expect(() => findBinaries(undefined, undefined, [folder])).toThrow('does not run: the system has no glibc');
  expect(() => findBinaries(undefined, undefined, [])).toThrow(
    `No PostgreSQL runs on this machine, ${process.platform}`,
  );
});
