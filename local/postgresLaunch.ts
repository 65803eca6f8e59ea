import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartRefusal } from '../shared/process/environment.ts';
import { freePort, isFree } from './ports.ts';
import { cleanEnvironment, findBinaries, type Binaries } from './postgresBinaries.ts';
import type { Place } from './postgresFolder.ts';
import { exists, findPostmaster, type Postmaster } from './postmaster.ts';

/** Starts the server of a folder, with a new cluster when there is none, and waits until it takes connections. Throws StartRefusal. */
export async function launch(place: Place, port: number | undefined, flags: readonly string[]): Promise<Postmaster> {
  const data = join(place.folder, 'data');
  const binaries = findBinaries(place.account, majorOf(data));
  if (!existsSync(data)) createCluster(place, binaries);
  for (let attempt = 1; ; attempt++) {
    const chosen = port ?? (await usualPort(data, attempt));
    const end = await attemptLaunch(place, binaries, chosen, flags);
    if (typeof end !== 'string') return end;
    if (attempt < 10) {
      if (port === undefined && end.includes('Address already in use')) continue;
      // The postmaster was killed alone: its children notice within a moment and go.
      if (end.includes('pre-existing shared memory block')) {
        await sleep(300);
        continue;
      }
    }
    throw refusal(place.folder, chosen, end);
  }
}

/** Ready, or the output of a server that ended before it was. */
async function attemptLaunch(
  { folder, account }: Place,
  { folder: bin }: Binaries,
  port: number,
  flags: readonly string[],
) {
  const data = join(folder, 'data');
  const path = join(folder, 'log');
  // A file and not a pipe: the server may outlive us. A session of its own: Ctrl-C is for us, who then stop it in order.
  const log = openSync(path, (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 10_000_000 ? 'w' : 'a', 0o600);
  const before = statSync(path).size;
  const listen = ['-p', String(port), '-h', '127.0.0.1', '-k', '', '-c', 'log_checkpoints=off'];
  const child = spawn(join(bin, 'postgres'), ['-D', data, ...listen, ...flags], {
    ...account,
    cwd: '/',
    env: cleanEnvironment,
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  let failed: Error | undefined;
  child.once('error', (error) => (failed = error));
  while (!failed && child.exitCode === null && child.signalCode === null) {
    const postmaster = findPostmaster(data);
    if (postmaster?.ready && postmaster.pid === child.pid) return postmaster;
    await sleep(10);
  }
  return failed?.message ?? readFileSync(path).subarray(before).toString();
}

/** Made under another name and then renamed: a start that was cut short leaves no half cluster, and of two at once one is taken. */
function createCluster({ folder, account }: Place, { folder: bin, major }: Binaries): void {
  removeUnfinished(folder);
  const cluster = join(folder, `unfinished.${process.pid}`);
  const password = `${cluster}.password`;
  writeFileSync(password, randomBytes(24).toString('hex'), { mode: 0o600 });
  mkdirSync(cluster, { mode: 0o700 });
  if (account) for (const path of [password, cluster]) chownSync(path, account.uid, account.gid);
  // The same order and case rules everywhere, with or without locales on the system.
  const locale = major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'] : ['--locale=C'];
  const access = ['-U', 'questline', '--auth=scram-sha-256', `--pwfile=${password}`];
  // Not synced: a cluster that is seconds old and lost with the machine is simply made again.
  const ran = spawnSync(join(bin, 'initdb'), ['-D', cluster, ...access, '-E', 'UTF8', ...locale, '--no-sync'], {
    ...account,
    cwd: '/',
    env: cleanEnvironment,
    encoding: 'utf8',
  });
  if (ran.status !== 0)
    throw new StartRefusal(
      `PostgreSQL could not create its data in ${folder}: ${ran.error?.message ?? lastLine(ran.stderr)}`,
      'Check that the disk has space and that the folder may be written.',
    );
  renameSync(password, join(cluster, 'password'));
  if (!existsSync(join(folder, 'data'))) renameSync(cluster, join(folder, 'data'));
  else rmSync(cluster, { recursive: true });
}

function removeUnfinished(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = /^unfinished\.(\d+)/.exec(name)?.[1];
    if (pid && (Number(pid) === process.pid || !exists(Number(pid))))
      rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function majorOf(data: string): number | undefined {
  if (!existsSync(data)) return undefined;
  const file = join(data, 'PG_VERSION');
  if (existsSync(file)) return Number(readFileSync(file, 'utf8'));
  throw new StartRefusal(`${data} is no PostgreSQL data.`, 'Choose another data folder, or move that one away.');
}

/** The port of the last time, so that tools which someone has pointed here stay connected; a free one when it is taken. */
async function usualPort(data: string, attempt: number): Promise<number> {
  const file = join(data, 'postmaster.opts');
  const last = existsSync(file) ? Number(/"-p" "(\d+)"/.exec(readFileSync(file, 'utf8'))?.[1]) : NaN;
  return attempt === 1 && last && (await isFree(last)) ? last : freePort();
}

function refusal(folder: string, port: number, output: string): StartRefusal {
  if (output.includes('Address already in use'))
    return new StartRefusal(
      `Port ${port} is taken by another program.`,
      'Stop that program, or choose another port for PostgreSQL.',
    );
  if (output.includes('lock file "postmaster.pid" already exists'))
    return new StartRefusal(
      `Another start is using the data in ${folder} right now.`,
      'Wait until it has stopped, or choose another data folder.',
    );
  return new StartRefusal(`PostgreSQL did not start: ${lastLine(output)}`, `Read ${join(folder, 'log')}.`);
}

const lastLine = (output: string): string =>
  (output.match(/(?:FATAL|PANIC|error): .*/g)?.[0] ?? output.trim().split('\n').at(-1))?.trim() || 'it gave no reason';
