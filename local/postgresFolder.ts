import { createHash } from 'node:crypto';
import { accessSync, chmodSync, constants, lstatSync, mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { StartRefusal } from '../shared/process/environment.ts';

/** Whom PostgreSQL runs as when we are root, which it refuses to be; undefined: as ourselves. */
export type Account = { uid: number; gid: number } | undefined;

/** Where the data of a cluster lives, and who owns it. */
export interface Place {
  folder: string;
  account: Account;
}

/** Makes the folder and finds one that the account can enter. Throws StartRefusal when the folder cannot be used. */
export function openFolder(dataDir: string): Place {
  const wanted = resolve(dataDir);
  try {
    mkdirSync(wanted, { recursive: true });
    if (process.getuid?.() !== 0) {
      accessSync(wanted, constants.R_OK | constants.W_OK | constants.X_OK);
      const owner = ownerOf(wanted);
      if (owner && owner.uid !== process.getuid?.())
        throw new StartRefusal(
          `The data in ${wanted} belongs to another user (uid ${owner.uid}).`,
          'Start Questline as that user, as before, or choose another data folder.',
        );
      return { folder: realpathSync(wanted), account: undefined };
    }
    const folder = enterable(realpathSync(wanted));
    return { folder, account: ownerOf(folder) ?? unprivileged() };
  } catch (error) {
    if (error instanceof StartRefusal) throw error;
    throw new StartRefusal(
      `The folder ${wanted} cannot be used for the database (${(error as NodeJS.ErrnoException).code ?? String(error)}).`,
      'Make it a folder that you may write to, or choose another data folder.',
    );
  }
}

/** Another user can walk to this path only if every folder on the way lets others pass. */
export function isPublic(path: string): boolean {
  const parent = dirname(path);
  return (statSync(path).mode & 0o001) !== 0 && (parent === path || isPublic(parent));
}

/** A folder outside of the project that everyone can enter and only root can write to, always the same for the same key. */
export function publicFolder(key: string): string {
  const folder = join('/var/tmp', `questline-${createHash('sha256').update(key).digest('hex').slice(0, 16)}`);
  mkdirSync(folder, { recursive: true });
  const found = lstatSync(folder);
  // /var/tmp is open to all: whoever made this folder before us could swap the binaries that we are about to run.
  if (!found.isDirectory() || found.uid !== 0 || (found.mode & 0o022) !== 0)
    throw new StartRefusal(`${folder} was not made by Questline.`, 'Remove it and start again.');
  chmodSync(folder, 0o755);
  return folder;
}

/** A data folder that only root can enter is opened for passing, nothing more; below a private folder (/root) the data goes elsewhere. */
function enterable(folder: string): string {
  if (!isPublic(dirname(folder))) return publicFolder(folder);
  chmodSync(folder, statSync(folder).mode | 0o011);
  return folder;
}

function ownerOf(folder: string): Account {
  const data = statSync(join(folder, 'data'), { throwIfNoEntry: false });
  return data && { uid: data.uid, gid: data.gid };
}

function unprivileged(): Account {
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = users.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new StartRefusal(
    'PostgreSQL refuses to run as root, and this system has neither a user postgres nor a user nobody.',
    'Start Questline as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own.',
  );
}
