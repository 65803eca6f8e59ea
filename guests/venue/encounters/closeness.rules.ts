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

/** All pairs of one of these and one of those, of different people, that are close. */
export function closePairs(
  these: readonly Sighting[],
  those: readonly Sighting[],
  { meters, ms }: Closeness,
): [one: Sighting, other: Sighting][] {
  const byMinute = Map.groupBy(those, ({ at }) => minuteOf(at));
  for (const group of byMinute.values()) group.sort((one, other) => one.lat - other.lat);
  // A little more than the distance, since what is exact follows.
  const degrees = degreesOfLatitude(meters) * 1.001;
  const pairs: [Sighting, Sighting][] = [];
  for (const one of these)
    for (let minute = minuteOf(one.at - ms); minute <= minuteOf(one.at + ms); minute++) {
      const group = byMinute.get(minute) ?? [];
      for (let n = firstFrom(group, one.lat - degrees); n < group.length; n++) {
        const other = group[n]!;
        if (other.lat > one.lat + degrees) break;
        if (other.userId === one.userId || Math.abs(other.at - one.at) > ms) continue;
        if (metersBetween(one, other) <= meters) pairs.push([one, other]);
      }
    }
  return pairs;
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

/** The encounters that pairs of one person make: one for each other, the last one first. Instants are those of the one person. */
export function encountersOf(pairs: readonly (readonly [Sighting, Sighting])[]): Encounter[] {
  const byOther = Map.groupBy(pairs, ([, { userId }]) => userId);
  return [...byOther]
    .map(([otherId, group]): Encounter => {
      const own = group.map(([one]) => one).sort((one, other) => one.at - other.at);
      const [first, last] = [own[0]!, own.at(-1)!];
      const minutes = new Set(own.map(({ at }) => minuteOf(at))).size;
      return { otherId, firstAt: first.at, lastAt: last.at, minutes, begunAt: { lat: first.lat, lon: first.lon } };
    })
    .sort((one, other) => other.lastAt - one.lastAt || (one.otherId < other.otherId ? -1 : 1));
}
