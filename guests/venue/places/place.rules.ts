import { graphemesOf, isStorable, isVisible, turnsDirection } from '../../../shared/text.rules.ts';
import { type Point, metersBetween } from '../encounters/distance.rules.ts';

/** Areas of a venue. They are small, so degrees are taken as a plane. */

export interface PlaceDraft {
  name: string;
  corners: readonly Point[];
}

const longestName = 80;
const metersAcross = 10_000;

/** Everything that is wrong with a place, as sentences. */
export function faultsOf({ name, corners }: PlaceDraft): string[] {
  const [first] = corners;
  const isOnEarth = corners.every(({ lat, lon }) => Math.abs(lat) <= 90 && Math.abs(lon) <= 180);
  const faults: [boolean, string][] = [
    [!isName(name), `name takes 1 to ${longestName} characters on one line, without markup.`],
    [corners.length < 3 || corners.length > 100, 'corners takes 3 to 100.'],
    [!isOnEarth, 'corners take latitudes of -90 to 90 and longitudes of -180 to 180.'],
    [
      isOnEarth && corners.some((corner) => metersBetween(first!, corner) > metersAcross),
      `corners take at most ${metersAcross / 1000} kilometres from the first one to any other.`,
    ],
    [
      isOnEarth && corners.some(({ lon }) => Math.abs(lon - first!.lon) > 180),
      'A place cannot lie across the antimeridian.',
    ],
    [isOnEarth && areaOf(corners) === 0, 'corners take an area between them.'],
  ];
  return faults.filter(([isFault]) => isFault).map(([, sentence]) => sentence);
}

const isName = (text: string): boolean =>
  text.length <= 16 * longestName &&
  isStorable(text) &&
  isVisible(text) &&
  !turnsDirection(text) &&
  !/[<>\p{Cc}]/u.test(text) &&
  graphemesOf(text).length <= longestName;

/** In square degrees, by the shoelace formula. */
function areaOf(corners: readonly Point[]): number {
  const sum = corners.reduce((area, one, n) => {
    const next = corners[(n + 1) % corners.length]!;
    return area + one.lon * next.lat - next.lon * one.lat;
  }, 0);
  return Math.abs(sum) / 2;
}

/** By the even-odd rule: a ray from the point crosses the outline an odd number of times. */
export function isInside({ lat, lon }: Point, corners: readonly Point[]): boolean {
  let inside = false;
  corners.forEach((one, n) => {
    const next = corners[(n + 1) % corners.length]!;
    if (one.lat > lat === next.lat > lat) return;
    const crossing = one.lon + ((lat - one.lat) / (next.lat - one.lat)) * (next.lon - one.lon);
    if (lon < crossing) inside = !inside;
  });
  return inside;
}
