import { dayMs, localDay } from '../../../shared/calendar.rules.ts';
import type { Transaction } from '../../../shared/database/database.ts';
import type { Furniture, OwnEvent } from '../../../shared/subgraph/joined.ts';
import type { Log } from '../../../shared/process/log.ts';
import { rangesAround } from '../encounters/cells.ts';
import { type Sighting, meetingsOf } from '../encounters/closeness.rules.ts';
import { findWithin } from '../locations/fixStore.ts';
import { isInside } from '../places/place.rules.ts';
import { type Place, findPlaces } from '../places/placeStore.ts';
import { saveMeetings, takeUnseen, tryToWatch } from './unseenStore.ts';
import { extended, minutesOf } from './visit.rules.ts';
import { type StoredVisit, findVisits, saveBegun, saveChanged, takeEnded } from './visitStore.ts';
import { type Rounds, startRounds } from '../../../shared/process/rounds.ts';

const everyMs = 500;
const fixesAtOnce = 1000;
const visitsAtOnce = 500;
/** Those who were near all of them together. In a crowd where there are more, some meet by their next fixes. */
const nearAtMost = 100_000;
const closeness = { meters: 5, ms: 60_000 };

type Parts = Pick<Furniture, 'commit' | 'send' | 'clock'>;

/**
 * Looks at what was taken for who entered a place, stayed there and met whom. A round is one transaction: what it looks at is off the list when its
 * events are in the outbox, and not before. Of two who are close whichever is looked at last finds the other, since both were stored before.
 */
export function startWatch({ commit, send, clock }: Parts, timeZone: string, log: Log): Rounds {
  const dayOf = (at: number) => localDay(timeZone, at);
  /** Resolves to whether there may be more. */
  const round = async (transaction: Transaction): Promise<boolean> => {
    if (!(await tryToWatch(transaction))) return false;
    const sightings = await takeUnseen(transaction, fixesAtOnce);
    const places = sightings.length > 0 ? await findPlaces(transaction) : [];
    const entered = await enter(transaction, sightings, places);
    const met = await meet(transaction, sightings, dayOf);
    const stayed = await leave(transaction, clock().getTime());
    await send(transaction, [...entered, ...met, ...stayed.events]);
    return sightings.length > 0 || stayed.isFull;
  };

  return startRounds(
    () =>
      commit(round).catch((error: unknown) => {
        log.warn({ error: String(error) }, 'what was taken could not be looked at, and is looked at again');
        return false;
      }),
    everyMs,
  );
}

async function enter(
  transaction: Transaction,
  sightings: readonly Sighting[],
  places: readonly Place[],
): Promise<OwnEvent[]> {
  const seen = sightings.flatMap(({ userId, at, ...point }) =>
    places.filter(({ corners }) => isInside(point, corners)).map(({ id: placeId }) => ({ userId, placeId, at })),
  );
  if (seen.length === 0) return [];
  const byUser = Map.groupBy(seen, ({ userId }) => userId);
  const instants = seen.map(({ at }) => at).sort((one, other) => one - other);
  const known = Map.groupBy(
    await findVisits(transaction, [...byUser.keys()], instants[0]!, instants.at(-1)!),
    ({ userId }) => userId,
  );
  const all = [...byUser].map(([userId, own]) => ({ userId, ...extended(known.get(userId) ?? [], own) }));
  await saveChanged(
    transaction,
    all.flatMap(({ changed }) => changed),
  );
  const begun = await saveBegun(
    transaction,
    all.flatMap(({ userId, begun: own }) => own.map((visit) => ({ userId, ...visit }))),
  );
  const nameOf = new Map(places.map(({ id, name }) => [id, name]));
  return begun.map(({ id, userId, placeId, enteredAt }) => ({
    ...{ id: `entered:${id}`, type: 'EnteredPlace', userId, occurredAt: new Date(enteredAt) },
    data: { placeId, place: nameOf.get(placeId) },
  }));
}

async function meet(
  transaction: Transaction,
  sightings: readonly Sighting[],
  dayOf: (at: number) => number,
): Promise<OwnEvent[]> {
  if (sightings.length === 0) return [];
  const near = await findWithin(transaction, rangesAround(sightings, closeness), nearAtMost);
  const met = await saveMeetings(transaction, meetingsOf(sightings, near, closeness, dayOf));
  return met.flatMap(({ low, high, at, day }) => {
    const date = new Date(day * dayMs).toISOString().slice(0, 10);
    return [
      [low, high],
      [high, low],
    ].map(([userId, otherId]) => ({
      ...{ id: `met:${date}:${otherId}`, type: 'Met', userId: userId!, occurredAt: new Date(at) },
      data: { otherId, day: date },
    }));
  });
}

async function leave(transaction: Transaction, now: number): Promise<{ events: OwnEvent[]; isFull: boolean }> {
  const ended = await takeEnded(transaction, now, visitsAtOnce);
  const whole = ended.filter((visit) => minutesOf(visit) > 0);
  return { events: whole.map(stayedAt), isFull: ended.length === visitsAtOnce };
}

const stayedAt = (visit: StoredVisit & { place: string }): OwnEvent => ({
  ...{ id: `stayed:${visit.id}`, type: 'StayedAt', userId: visit.userId, occurredAt: new Date(visit.lastAt) },
  data: { placeId: visit.placeId, place: visit.place, minutes: minutesOf(visit) },
});
