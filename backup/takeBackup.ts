import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartRefusal } from '../shared/process/environment.ts';
import { dump } from './dump.ts';
import { type Manifest, manifestFile } from './manifest.ts';
import { openSnapshots } from './snapshots.ts';

/** Writes all databases, as they were at one moment, into a folder that is empty or not there yet. Throws StartRefusal. */
export async function takeBackup(
  urls: Readonly<Record<string, string>>,
  folder: string,
): Promise<{ manifest: Manifest; pausedMs: number }> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (readdirSync(folder).length > 0)
    throw new StartRefusal(`${folder} is not empty.`, 'Give each backup a folder of its own.');
  const { connections, takenAt, pausedMs, close } = await openSnapshots(urls);
  try {
    const databases: Manifest['databases'] = {};
    for (const [name, connection] of Object.entries(connections))
      databases[name] = await dump(connection, folder, name);
    const manifest: Manifest = { format: 1, takenAt: takenAt.toISOString(), databases };
    // Under its name only once it is whole.
    writeFileSync(join(folder, `${manifestFile}.part`), JSON.stringify(manifest, null, 2), { mode: 0o600 });
    renameSync(join(folder, `${manifestFile}.part`), join(folder, manifestFile));
    return { manifest, pausedMs };
  } finally {
    await close();
  }
}
