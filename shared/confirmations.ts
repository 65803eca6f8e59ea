import type { Carrier } from './carrier.ts';
import { type Transaction, rows } from './database.ts';
import { failpoint } from './failpoint.ts';
import type { Log } from './log.ts';

/** What has become of the rows that a relay has published: confirmed, lost, or still on their way. */

/** A row that was published this long ago and is not confirmed may be lost: ask the carrier. */
const suspiciousAfterMs = 2000;
const batch = 500;

/** Lets go of what every subgraph has confirmed, here and on the carrier. */
export async function confirm(
  transaction: Transaction,
  carrier: Carrier,
  source: string,
  groups: readonly string[],
  floor: string,
): Promise<void> {
  const confirmations = await carrier.takeConfirmations(source, groups);
  if (confirmations.length > 0) failpoint('relay.afterConfirmations');
  for (const { group, entries } of confirmations) {
    // What others have put on the stream is confirmed too, and is no row of ours.
    const own = entries.filter(({ id }) => /^\d{1,18}$/.test(id));
    const places = [own.map(({ id }) => id), own.map(({ position }) => position)];
    if (groups.length > 1)
      await rows(
        transaction,
        `update outbox set awaiting = array_remove(awaiting, $3) from unnest($1::bigint[], $2::text[]) t(number, position)
         where outbox.number = t.number and outbox.position = t.position`,
        [...places, group],
      );
    await rows(
      transaction,
      `delete from outbox using unnest($1::bigint[], $2::text[]) t(number, position)
       where outbox.number = t.number and outbox.position = t.position and awaiting <@ array[$3]`,
      [...places, group],
    );
  }
  if (confirmations.length > 0) await carrier.trim(source, await oldestPublished(transaction, floor));
}

/** The position from which on the carrier's stream is still needed; null: none of it. */
export async function oldestPublished(transaction: Transaction, floor: string): Promise<string | null> {
  const [oldest] = await rows<{ position: string }>(
    transaction,
    'select position from outbox where number >= $1 and published_at is not null order by published_at, number limit 1',
    [floor],
  );
  return oldest?.position ?? null;
}

export interface Lost {
  group: string;
  positions: string[];
}

/** By group, positions of published rows that wait for its confirmation in vain: a group that has confirmed a row already is not asked again. */
export async function missing(
  transaction: Transaction,
  carrier: Carrier,
  source: string,
  groups: readonly string[],
): Promise<Lost[]> {
  const suspicious = await rows<{ position: string; awaiting: string[] }>(
    transaction,
    `select position, awaiting from outbox where published_at < clock_timestamp() - make_interval(secs => $1)
     order by published_at limit $2`,
    [suspiciousAfterMs / 1000, batch],
  );
  const lost: Lost[] = [];
  for (const group of groups) {
    const asked = suspicious.filter(({ awaiting }) => awaiting.includes(group)).map((row) => row.position);
    if (asked.length > 0) lost.push({ group, positions: await carrier.missing(source, [group], asked) });
  }
  return lost;
}

/** Takes back what the carrier has lost, so that it is published again; what the group has confirmed in the meantime stays. */
export async function retract(
  transaction: Transaction,
  lost: readonly Lost[],
  source: string,
  log: Log,
): Promise<void> {
  for (const { group, positions } of lost) {
    if (positions.length === 0) continue;
    const taken = await rows(
      transaction,
      `update outbox set position = null, published_at = null
       where position = any($1) and awaiting @> array[$2::text] returning number`,
      [positions, group],
    );
    if (taken.length > 0)
      log.warn({ source, events: taken.length }, 'the carrier lost events: they are published again');
  }
}
