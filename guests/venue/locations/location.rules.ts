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
  | 'TOO_SOON'
  | 'TOO_FAST';

/** One call brings so many at most. */
export const locationsAtOnce = 500;
const metersOfAccuracy = 100;
const metersPerSecond = 100;
const hoursBack = 24;
/** Whoever is compared with others has a bounded number of fixes in a minute. */
const apartMs = 500;
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

/** Why two fixes cannot both be taken, the earlier one first. */
function conflictOf(before: Fix, after: Fix): LocationRefusal | undefined {
  const ms = after.capturedAt - before.capturedAt;
  if (metersBetween(before, after) * 1000 > metersPerSecond * ms) return 'TOO_FAST';
  return ms < apartMs ? 'TOO_SOON' : undefined;
}

/** A location that has nothing wrong with it by itself, and what is stored of its person already. */
export interface Candidate {
  location: Location;
  /** Was its deviceEventId taken before? */
  isKnown: boolean;
  /** The last stored fix that is not later. */
  before: Fix | null;
  /** The first stored fix that is later. */
  after: Fix | null;
}

/** What becomes of one person's candidates of one batch, in their order: each is held against the fixes beside it, be they stored or of the batch. */
export function refusalsOf(candidates: readonly Candidate[]): (LocationRefusal | undefined)[] {
  const refusals: (LocationRefusal | undefined)[] = candidates.map(() => undefined);
  const taken = new Set<string>();
  let last: Fix | null = null;
  const inTime = candidates
    .map((candidate, n) => ({ ...candidate, n }))
    .sort((one, other) => one.location.capturedAt - other.location.capturedAt || one.n - other.n);
  for (const { n, location, isKnown, before, after } of inTime) {
    const previous: Fix | null = later(before, last);
    const refusal: LocationRefusal | undefined =
      isKnown || taken.has(location.deviceEventId)
        ? 'DUPLICATE'
        : ((previous && conflictOf(previous, location)) ?? (after && conflictOf(location, after)) ?? undefined);
    refusals[n] = refusal;
    if (refusal !== undefined) continue;
    taken.add(location.deviceEventId);
    last = location;
  }
  return refusals;
}

const later = (stored: Fix | null, ofBatch: Fix | null): Fix | null =>
  stored && ofBatch ? (stored.capturedAt > ofBatch.capturedAt ? stored : ofBatch) : (stored ?? ofBatch);
