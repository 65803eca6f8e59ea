import { randomUUID } from 'node:crypto';
import { type Connection, connect } from '../../local/sql.ts';
import { cellOf } from '../../guests/venue/encounters/cells.ts';
import { openMachine } from '../events/processes.ts';
import { quantile } from '../system.ts';

/** Locations by REST through the gateway, each subgraph a process of its own; then the encounters of single people among 50,000 over three days. */
export interface VenueFigures {
  locationsPerSecond: number;
  /** Acknowledged and not stored. */
  lost: number;
  encountersP95Ms: number;
}

const senders = 64;
const seconds = 10;
const locationsAtOnce = 250;
const sendingAtOnce = 8;

const people = 50_000;
const days = 3;
/** Of each person on each day: every twenty minutes of eight hours. */
const fixesADay = 24;
const spots = 20_000;
const questions = 200;

interface Sender {
  id: string;
  token: string;
  hall: number;
  /** Of the next location, milliseconds since 1970. */
  at: number;
}

type Ask = (query: string, variables: object, token?: string) => Promise<Record<string, unknown>>;

export async function measureVenue(): Promise<VenueFigures> {
  const machine = await openMachine();
  try {
    const sources = { EVENT_SOURCES: 'venue' };
    const auth = await machine.start('auth', sources);
    const [catalog, progress] = await Promise.all([machine.start('catalog'), machine.start('progress', sources)]);
    const databaseUrl = await machine.database('venue');
    const venue = await machine.joined('venue', 'guests/venue/main.ts', { DATABASE_URL: databaseUrl });
    const gateway = await machine.start('gateway', {
      SUPERGRAPH: 'guests/supergraph.yaml',
      // A machine that does something else besides shall be slow, and not fail.
      SUBGRAPH_TIMEOUT_MS: '20000',
      OPERATIONS: 'operations,guests/venue/operations',
      ROUTING_URL_AUTH: auth.url,
      ROUTING_URL_CATALOG: catalog.url,
      ROUTING_URL_PROGRESS: progress.url,
      ROUTING_URL_VENUE: venue.url,
    });
    const ask: Ask = async (query, variables, token) => {
      const response = await post(gateway.url, { query, variables }, token);
      const { data, errors } = (await response.json()) as { data: Record<string, unknown>; errors?: unknown };
      if (errors) throw new Error(JSON.stringify(errors));
      return data;
    };
    const all: Sender[] = [];
    while (all.length < senders) all.push(await signIn(ask, all.length));
    const database = await connect(databaseUrl);
    try {
      const ingest = await measureIngest(gateway.url, all, database);
      await fill(
        database,
        all.map(({ id }) => id),
      );
      return { ...ingest, encountersP95Ms: await measureEncounters(ask, all) };
    } finally {
      await database.end();
    }
  } finally {
    await machine.stop();
  }
}

const post = (url: string | URL, body: object, token?: string) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  });

async function signIn(ask: Ask, hall: number): Promise<Sender> {
  const signInAsGuest = `mutation ($input: GuestSignInInput!) { signInAsGuest(input: $input) { accessToken user { id } } }`;
  const { signInAsGuest: session } = await ask(signInAsGuest, { input: { deviceId: randomUUID() } });
  const { accessToken: token, user } = session as { accessToken: string; user: { id: string } };
  await ask('mutation { shareLocation(on: true) { id } }', {}, token);
  return { id: user.id, token, hall, at: Date.now() - 23 * 3_600_000 };
}

async function measureIngest(url: string, all: readonly Sender[], database: Connection) {
  const door = new URL('/locations:batch', url);
  const began = performance.now();
  const until = began + seconds * 1000;
  const acknowledged: { userId: string; deviceEventId: string }[] = [];
  const send = async (sender: Sender) => {
    const locations = Array.from({ length: locationsAtOnce }, () => {
      const capturedAt = new Date((sender.at += 1000)).toISOString();
      // Somebody who walks about a hall, each in one of their own.
      const [lat, lon] = [52.5 + sender.hall / 1000 + Math.random() / 10_000, 13.4 + Math.random() / 10_000];
      return { deviceEventId: capturedAt, lat, lon, accuracyM: 5, capturedAt };
    });
    const response = await post(door, { locations }, sender.token);
    const text = await response.text();
    // Whoever is told to come again has no acknowledgement, and would send the same once more.
    if (response.status === 503 || response.status === 504) return;
    if (!response.ok) throw new Error(`${response.status} ${text}`);
    const { refused } = JSON.parse(text) as { refused: { index: number }[] };
    const isRefused = new Set(refused.map(({ index }) => index));
    locations.forEach(({ deviceEventId }, n) => {
      if (!isRefused.has(n)) acknowledged.push({ userId: sender.id, deviceEventId });
    });
  };
  await Promise.all(
    Array.from({ length: sendingAtOnce }, async (_, worker) => {
      const own = all.filter((_one, n) => n % sendingAtOnce === worker);
      for (let n = 0; performance.now() < until; n++) await send(own[n % own.length]!);
    }),
  );
  const took = performance.now() - began;
  const { rows } = await database.query<{ n: number }>(
    `select count(*)::int as n from fix
     join unnest($1::uuid[], $2::text[]) sent(user_id, device_event_id) using (user_id, device_event_id)`,
    [acknowledged.map(({ userId }) => userId), acknowledged.map(({ deviceEventId }) => deviceEventId)],
  );
  return {
    locationsPerSecond: Math.round((acknowledged.length / took) * 1000),
    lost: acknowledged.length - rows[0]!.n,
  };
}

/** Puts people about a square kilometre, the senders among them. */
async function fill(database: Connection, known: readonly string[]): Promise<void> {
  await database.query('truncate fix, unseen, meeting, visit');
  const places = Array.from({ length: spots }, () => ({
    lat: 52.5 + Math.random() / 111,
    lon: 13.4 + Math.random() / 68,
  }));
  await database.query('create temp table spot (n int primary key, lat float8, lon float8, cell bigint)');
  await database.query(
    'insert into spot select n, lat, lon, cell from unnest($1::float8[], $2::float8[], $3::bigint[]) with ordinality t(lat, lon, cell, n)',
    [places.map(({ lat }) => lat), places.map(({ lon }) => lon), places.map(cellOf)],
  );
  await database.query(
    `insert into person (user_id, shares) select gen_random_uuid(), true from generate_series(1, $1::int)`,
    [people - known.length],
  );
  for (let day = 1; day <= days; day++)
    await database.query(
      `insert into fix (user_id, device_event_id, captured_at, minute, cell, lat, lon, accuracy_m)
       select user_id, slot || ' ' || $1, at, extract(epoch from at)::int / 60, cell, lat, lon, 5 from (
         select user_id, slot, date_trunc('day', now()) - make_interval(days => $1, mins => -20 * slot, secs => -1200 * random()) as at,
           1 + floor(random() * $2)::int as n
         from generate_series(24, 23 + $3::int) slot cross join person offset 0) walk
       join spot using (n) order by at`,
      [day, spots, fixesADay],
    );
  await database.query('vacuum analyze fix');
}

async function measureEncounters(ask: Ask, all: readonly Sender[]): Promise<number> {
  const query = `query ($from: DateTime!) { me { encounters(from: $from, first: 100) { firstAt lastAt minutes } } }`;
  const from = new Date(Date.now() - (days + 1) * 24 * 3_600_000).toISOString();
  const times: number[] = [];
  let found = 0;
  for (let n = 0; n < questions; n++) {
    const began = performance.now();
    const { me } = await ask(query, { from }, all[n % all.length]!.token);
    times.push(performance.now() - began);
    found += (me as { encounters: unknown[] }).encounters.length;
  }
  if (found === 0) throw new Error('nobody met anybody');
  return (
    Math.round(
      quantile(
        times.sort((one, other) => one - other),
        0.95,
      ) * 10,
    ) / 10
  );
}
