import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { StartRefusal } from '../shared/process/environment.ts';

/** What a backup is: one file per database, and this beside them, written last. */
export interface Manifest {
  format: 1;
  takenAt: string;
  databases: Record<string, DatabaseInBackup>;
}

export interface DatabaseInBackup {
  /** Lines of JSON, gzip: `{"table": ...}`, then each of its rows. */
  file: string;
  /** Of the file as it is stored, in hexadecimal digits. */
  sha256: string;
  /** By name, in the order in which they were applied. */
  migrations: string[];
  partitions: { name: string; of: string; bound: string }[];
  /** The last number that each has given. */
  sequences: Record<string, string>;
  /** How many rows there are of each table. */
  tables: Record<string, number>;
}

export const manifestFile = 'manifest.json';

/** Reads a backup's manifest and every file that it names, before anything is done with them. Throws StartRefusal for a backup that is not whole. */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, manifestFile);
  if (!existsSync(path))
    throw new StartRefusal(
      `${folder} holds no whole backup: ${manifestFile}, which is written last, is missing.`,
      'Restore another one.',
    );
  const manifest = parsed(readFileSync(path, 'utf8'));
  if (manifest?.format !== 1)
    throw new StartRefusal(`${path} is of no form that is known here.`, 'Restore it by the version that has made it.');
  for (const { file, sha256 } of Object.values(manifest.databases)) {
    const found = existsSync(join(folder, file)) ? await digestOf(join(folder, file)) : 'missing';
    if (found !== sha256)
      throw new StartRefusal(
        `${file} of the backup is ${found === 'missing' ? 'missing' : 'cut or changed: its checksum differs'}.`,
        'Restore another one.',
      );
  }
  return manifest;
}

export async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

function parsed(text: string): Manifest | undefined {
  try {
    return JSON.parse(text) as Manifest;
  } catch {
    return undefined;
  }
}
