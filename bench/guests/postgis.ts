import { randomUUID } from 'node:crypto';
import { connect } from '../../local/sql.ts';
import { openDatabase } from '../../shared/database/database.ts';
import { openLog } from '../../shared/process/log.ts';
import { OutboxRow } from '../../shared/delivery/outbox.ts';
import { rangesAround } from '../../guests/venue/encounters/cells.ts';
import { eachClosePair } from '../../guests/venue/encounters/closeness.rules.ts';
import { type OfPerson, findWithin, saveFixes } from '../../guests/venue/locations/fixStore.ts';
import { saveConsent } from '../../guests/venue/locations/personStore.ts';
import { initial } from '../../guests/venue/migrations/001-initial.ts';

/** Run by .ci/postgis, which gives it a PostgreSQL of its own in PGHOST and so on. */
const count = 100_000;
const people = 1000;
const closeness = { meters: 5, ms: 60_000 };
const fixesAtOnce = 5000;

const env = (name: string) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is missing: run .ci/postgis`);
  return encodeURIComponent(value);
};
const url = `postgres://${env('PGUSER')}:${env('PGPASSWORD')}@${env('PGHOST')}:${env('PGPORT')}/${env('PGDATABASE')}`;

/** The same for the same seed: mulberry32. */
function randomBy(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = randomBy(20_261_121);
const ids = Array.from({ length: people }, () => randomUUID()).sort();
const began = Date.parse('2026-11-21T10:00:00Z');
/** A square kilometre in two hours; no person has two fixes at one instant. */
const fixes = Array.from({ length: count }, (_, n): OfPerson => {
  const capturedAt = began + Math.floor((n * 7_200_000) / count);
  const [lat, lon] = [52.5 + random() / 111.2, 13.4 + random() / 67.7];
  return { userId: ids[n % people]!, location: { deviceEventId: String(n), lat, lon, accuracyM: 5, capturedAt } };
});

const database = await openDatabase({
  url,
  subgraph: 'venue',
  entities: [OutboxRow],
  migrations: [initial],
  log: openLog('postgis', 'silent'),
});
const parts = Array.from({ length: count / fixesAtOnce }, (_, n) =>
  fixes.slice(n * fixesAtOnce, (n + 1) * fixesAtOnce),
);
await database.transaction(async (transaction) => {
  for (const id of ids) await saveConsent(transaction, id, true);
  for (const part of parts) await saveFixes(transaction, part);
});

const numberOf = new Map(fixes.map(({ userId, location }, n) => [`${userId} ${location.capturedAt}`, n]));
const ours = new Set<string>();
for (const part of parts) {
  const own = part.map(({ userId, location: { capturedAt: at, lat, lon } }) => ({ userId, at, lat, lon }));
  const near = await findWithin(database.fork(), rangesAround(own, closeness), count);
  eachClosePair(own, near, closeness, (one, other) => {
    const [a, b] = [one, other].map(({ userId, at }) => numberOf.get(`${userId} ${at}`)!);
    ours.add(a! < b! ? `${a} ${b}` : `${b} ${a}`);
  });
}
await database.close();

const postgis = await connect(url);
await postgis.query('create extension if not exists postgis');
await postgis.query(
  `create temp table spot as select device_event_id::int as n, user_id, captured_at,
     st_setsrid(st_makepoint(lon, lat), 4326)::geography as place from fix`,
);
await postgis.query('create index on spot using gist (place)');
await postgis.query('analyze spot');
const { rows } = await postgis.query<{ a: number; b: number }>(
  // On the sphere, as ours.
  `select one.n as a, other.n as b from spot one join spot other on st_dwithin(one.place, other.place, $1, false)
   where one.n < other.n and one.user_id <> other.user_id
     and abs(extract(epoch from one.captured_at - other.captured_at)) * 1000 <= $2`,
  [closeness.meters, closeness.ms],
);
await postgis.end();

const theirs = new Set(rows.map(({ a, b }) => `${a} ${b}`));
const [missed, invented] = [theirs.difference(ours), ours.difference(theirs)];
console.log(
  `${theirs.size} pairs by PostGIS, ${ours.size} by the index; missed ${missed.size}, invented ${invented.size}`,
);
if (theirs.size === 0 || missed.size > 0 || invented.size > 0) process.exit(1);
