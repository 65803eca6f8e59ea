import { metersBetween } from '../encounters/distance.rules.ts';

/** Which locations are taken. Instants are milliseconds since 1970. */

export interface Location {
  deviceEventId: string;
  lat: number;
  lon: number;
  accuracyM: number;
  capturedAt: number;
}

export type LocationRefusal =
  | 'NO_CONSENT'
  | 'BAD_ID'
  | 'OUT_OF_RANGE'
  | 'SWAPPED'
  | 'INACCURATE'
  | 'IN_THE_FUTURE'
  | 'TOO_OLD'
  | 'DUPLICATE'
  | 'TOO_FAST';

/** One call brings so many at most. */
export const locationsAtOnce = 1000;
const metersOfAccuracy = 100;
const metersPerSecond = 100;
const hoursBack = 24;
/** Clocks of devices are that far ahead without a fault of theirs. */
const skewMs = 5000;

/** What is wrong with a location by itself; undefined: nothing. */
export function refusalOf(location: Location, now: number): LocationRefusal | undefined {
  const { deviceEventId, lat, lon, accuracyM, capturedAt } = location;
  if (!/^[\w.:-]{1,64}$/.test(deviceEventId)) return 'BAD_ID';
  if (Math.abs(lat) > 90 && Math.abs(lat) <= 180 && Math.abs(lon) <= 90) return 'SWAPPED';
  if (!(Math.abs(lat) <= 90 && Math.abs(lon) <= 180)) return 'OUT_OF_RANGE';
  if (!(accuracyM >= 0 && accuracyM <= metersOfAccuracy)) return 'INACCURATE';
  if (!(capturedAt <= now + skewMs)) return 'IN_THE_FUTURE';
  if (capturedAt < now - hoursBack * 3_600_000) return 'TOO_OLD';
  return undefined;
}

export type Fix = Pick<Location, 'lat' | 'lon' | 'capturedAt'>;

/** Could nobody have come from one fix to the next? */
export const isTooFast = (before: Fix, fix: Fix): boolean =>
  metersBetween(before, fix) * 1000 > metersPerSecond * (fix.capturedAt - before.capturedAt);

/** A location that has nothing wrong with it by itself, and what is stored of its person already. */
export interface Candidate {
  location: Location;
  /** Was its deviceEventId taken before? */
  isKnown: boolean;
  /** The last stored fix that is not later. */
  before: Fix | null;
}

/** What becomes of one person's candidates of one batch, in their order: each is held against the fix before it, be that stored or of the batch. */
export function refusalsOf(candidates: readonly Candidate[]): (LocationRefusal | undefined)[] {
  const refusals: (LocationRefusal | undefined)[] = candidates.map(() => undefined);
  const taken = new Set<string>();
  let last: Fix | null = null;
  const inTime = candidates.map((_, n) => n).sort((a, b) => at(candidates, a) - at(candidates, b) || a - b);
  for (const n of inTime) {
    const { location, isKnown, before } = candidates[n]!;
    const previous: Fix | null = later(before, last);
    if (isKnown || taken.has(location.deviceEventId)) refusals[n] = 'DUPLICATE';
    else if (previous && isTooFast(previous, location)) refusals[n] = 'TOO_FAST';
    else {
      taken.add(location.deviceEventId);
      last = location;
    }
  }
  return refusals;
}

const at = (candidates: readonly Candidate[], n: number): number => candidates[n]!.location.capturedAt;

const later = (stored: Fix | null, ofBatch: Fix | null): Fix | null =>
  stored && ofBatch ? (stored.capturedAt > ofBatch.capturedAt ? stored : ofBatch) : (stored ?? ofBatch);
