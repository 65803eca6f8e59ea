import { randomUUID } from 'node:crypto';
import type { Data, Graph } from '../../../local/test/graph.ts';

export interface Visitor {
  id: string;
  name: string;
  token: string;
}

/** A booth in Berlin, and what is some metres north and east of it. */
export const booth = { lat: 52.5, lon: 13.4 };
export const metersFrom = (north: number, east = 0, { lat, lon } = booth) => ({
  lat: lat + north / 111_195,
  lon: lon + east / (111_195 * Math.cos((lat * Math.PI) / 180)),
});

/** The same for all of a file, however long its tests take. */
const now = Date.now();
export const minutesAgo = (minutes: number): Date => new Date(now - minutes * 60_000);

export interface SentLocation {
  deviceEventId: string;
  lat: number;
  lon: number;
  accuracyM: number;
  capturedAt: string;
}

let fixes = 0;
export const locationAt = (at: Date, place: { lat: number; lon: number }, change: object = {}): SentLocation => ({
  ...{ deviceEventId: `fix-${++fixes}`, ...place, accuracyM: 4, capturedAt: at.toISOString() },
  ...change,
});

/** Without a password, which would take longer than all else. */
async function passerBy(graph: Graph): Promise<Visitor> {
  const { data } = await graph.ask(
    'mutation ($input: GuestSignInInput!) { signInAsGuest(input: $input) { accessToken user { id name } } }',
    { input: { deviceId: randomUUID() } },
  );
  const { accessToken, user } = data.signInAsGuest;
  return { ...user, token: accessToken };
}

/** Who shares where they are, unless said. */
export async function visitor(graph: Graph, shares = true): Promise<Visitor> {
  const made = await passerBy(graph);
  if (shares) await share(graph, made, true);
  return made;
}

export const share = (graph: Graph, { token }: Visitor, on: boolean) =>
  graph.ask('mutation ($on: Boolean!) { shareLocation(on: $on) { sharesLocation } }', { on }, token);

export const ingest = (graph: Graph, { token }: Visitor, locations: readonly object[]) =>
  graph.ask(
    'mutation ($locations: [LocationInput!]!) { ingestLocations(locations: $locations) { accepted refused { index deviceEventId reason } } }',
    { locations },
    token,
  );

/** Was there, which is checked. */
export async function was(graph: Graph, who: Visitor, at: Date, place = booth): Promise<void> {
  const { data, errors } = await ingest(graph, who, [locationAt(at, place)]);
  expect([errors, data.ingestLocations.refused]).toEqual([undefined, []]);
}

export const encounters = (graph: Graph, { token }: Visitor, asked: object = {}) =>
  graph.ask(
    `query ($from: DateTime, $to: DateTime, $meters: Float, $withinSeconds: Int, $first: Int = 20) {
      me { encounters(from: $from, to: $to, meters: $meters, withinSeconds: $withinSeconds, first: $first) {
        other { id name } firstAt lastAt minutes place { name } } } }`,
    asked,
    token,
  );

export async function met(graph: Graph, who: Visitor, asked: object = {}): Promise<string[]> {
  const { data } = await encounters(graph, who, asked);
  return data.me.encounters.map(({ other }: Data) => other.name);
}
