import { migrationsOf } from './databases.ts';
import { load, refuseUnlessEmpty, stepsOf } from './load.ts';
import { readManifest } from './manifest.ts';

/** Fills new databases with a backup; resolves to how many rows each got. Whatever can be refused is refused before the first is touched. */
export async function restoreBackup(
  urls: Readonly<Record<string, string>>,
  folder: string,
): Promise<Record<string, number>> {
  const { databases } = await readManifest(folder);
  const wanted = Object.entries(urls).map(([name, url]) => {
    const backup = databases[name];
    if (!backup) throw new Error(`the backup has no database of ${name}`);
    return { name, url, backup, steps: stepsOf(name, backup.migrations, migrationsOf[name]!) };
  });
  for (const { name, url } of wanted) await refuseUnlessEmpty(name, url);
  const counts: Record<string, number> = {};
  for (const { name, url, backup, steps } of wanted) counts[name] = await load(name, url, folder, backup, steps);
  return counts;
}
