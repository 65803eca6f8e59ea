import { degreesOfLatitude, metersBetween } from './distance.rules.ts';

/** Who was close to whom: within a distance, and within a time of each other. */

export interface Sighting {
  userId: string;
  /** Milliseconds since 1970. */
  at: number;
  lat: number;
  lon: number;
}

export interface Closeness {
  meters: number;
  ms: number;
}

export const minuteMs = 60_000;
export const minuteOf = (at: number): number => Math.floor(at / minuteMs);

/** Calls `see` with each pair of one of these and one of those, of different people, that are close. */
export function eachClosePair(
  these: readonly Sighting[],
  those: readonly Sighting[],
  { meters, ms }: Closeness,
  see: (one: Sighting, other: Sighting) => void,
): void {
  const byMinute = Map.groupBy(those, ({ at }) => minuteOf(at));
  for (const group of byMinute.values()) group.sort((one, other) => one.lat - other.lat);
  // A little more than the distance, since what is exact follows.
  const degrees = degreesOfLatitude(meters) * 1.001;
  for (const one of these)
    for (let minute = minuteOf(one.at - ms); minute <= minuteOf(one.at + ms); minute++) {
      const group = byMinute.get(minute) ?? [];
      for (let n = firstFrom(group, one.lat - degrees); n < group.length; n++) {
        const other = group[n]!;
        if (other.lat > one.lat + degrees) break;
        if (other.userId === one.userId || Math.abs(other.at - one.at) > ms) continue;
        if (metersBetween(one, other) <= meters) see(one, other);
      }
    }
}

/** The place of the first that is not further south. */
function firstFrom(byLatitude: readonly Sighting[], lat: number): number {
  let [low, high] = [0, byLatitude.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (byLatitude[middle]!.lat < lat) low = middle + 1;
    else high = middle;
  }
  return low;
}

export interface Encounter {
  otherId: string;
  firstAt: number;
  lastAt: number;
  /** In how many minutes the two were close. */
  minutes: number;
  /** Where the one was at first. */
  begunAt: { lat: number; lon: number };
}

/** The encounters of one person, whose sightings these are: one for each other, the last one first. Instants are those of the one person. */
export function encountersOf(
  these: readonly Sighting[],
  those: readonly Sighting[],
  closeness: Closeness,
): Encounter[] {
  const byOther = new Map<string, Encounter & { inMinutes: Set<number> }>();
  eachClosePair(these, those, closeness, (one, { userId: otherId }) => {
    const known = byOther.get(otherId);
    const { at, lat, lon } = one;
    if (!known) {
      const begunAt = { lat, lon };
      byOther.set(otherId, {
        otherId,
        firstAt: at,
        lastAt: at,
        minutes: 1,
        begunAt,
        inMinutes: new Set([minuteOf(at)]),
      });
      return;
    }
    known.inMinutes.add(minuteOf(at));
    if (at < known.firstAt) [known.firstAt, known.begunAt] = [at, { lat, lon }];
    if (at > known.lastAt) known.lastAt = at;
  });
  return [...byOther.values()]
    .map(({ inMinutes, ...encounter }): Encounter => ({ ...encounter, minutes: inMinutes.size }))
    .sort((one, other) => other.lastAt - one.lastAt || (one.otherId < other.otherId ? -1 : 1));
}

/** Two people, each pair in one order, and when the two were close first. */
export interface Meeting {
  low: string;
  high: string;
  at: number;
}

/** Who of these was close to whom of those, once for each pair and day. */
export function meetingsOf(
  these: readonly Sighting[],
  those: readonly Sighting[],
  closeness: Closeness,
  dayOf: (at: number) => number,
): (Meeting & { day: number })[] {
  const met = new Map<string, Meeting & { day: number }>();
  eachClosePair(these, those, closeness, (one, other) => {
    const at = Math.min(one.at, other.at);
    const [low, high] = one.userId < other.userId ? [one.userId, other.userId] : [other.userId, one.userId];
    const day = dayOf(at);
    const key = `${day} ${low} ${high}`;
    const known = met.get(key);
    if (!known) met.set(key, { low, high, at, day });
    else if (at < known.at) known.at = at;
  });
  return [...met.values()];
}
