import type { Database } from '../../../shared/database/database.ts';
import { type TimelineCache, entriesCached } from './timelineCache.ts';
import { type Entry, findEntries } from './timelineStore.ts';

/** Cache-aside: a page of a timeline, the last first, by the cache where that holds it, else by the database. */
export async function readTimeline(
  database: Database,
  cache: TimelineCache,
  userId: string,
  before: string | null,
  limit: number,
): Promise<Entry[]> {
  const held = await cache.read(userId, before, limit);
  if (held) return held;
  if (before !== null) return findEntries(database.fork(), userId, before, limit);
  const entries = await cache.fill(userId, () => findEntries(database.fork(), userId, null, entriesCached));
  return entries.slice(0, limit);
}
