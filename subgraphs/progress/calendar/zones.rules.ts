import { type Timeline, livingIn, move } from './calendar.rules.ts';

/** Auth has said in which time zone a player is, at an instant in milliseconds since 1970. */
export interface ZoneFact {
  at: number;
  timeZone: string;
}

/**
 * What was told of a player's time zones: a commutative monoid, so facts may come in any order, in any batches and more than once. What sign-ins
 * repeat is no fact: only moves move, and only the earliest report says where the player was before them.
 */
export interface Zones {
  /** The earliest report of somebody who was there; null: none has come. */
  home: ZoneFact | null;
  /** In order of time. */
  moves: readonly ZoneFact[];
}

export const nowhere: Zones = { home: null, moves: [] };

export function bothZones(one: Zones, other: Zones): Zones {
  const moves = new Map([...one.moves, ...other.moves].map((fact) => [`${fact.at} ${fact.timeZone}`, fact]));
  const homes = [one.home, other.home].filter((fact) => fact !== null);
  return { home: homes.sort(byInstant)[0] ?? null, moves: [...moves.values()].sort(byInstant) };
}

/** By the name of the zone where two are of one instant, so that all processes agree. */
const byInstant = (one: ZoneFact, other: ZoneFact) => one.at - other.at || (one.timeZone < other.timeZone ? -1 : 1);

/** Where a player was before every move; whom nobody has reported lives in UTC. */
export function homeOf({ home, moves }: Zones): string {
  const first = moves[0];
  return home && (!first || home.at <= first.at) ? home.timeZone : (first?.timeZone ?? 'UTC');
}

/**
 * Where a player has lived, folded in the order in which it happened. A fact that comes late moves nothing that was before it, and leaves every
 * later move where it is.
 */
export function timelineOf(zones: Zones): Timeline {
  return zones.moves.reduce(
    (timeline, { timeZone, at }) => (timeline.at(-1)!.timeZone === timeZone ? timeline : move(timeline, timeZone, at)),
    livingIn(homeOf(zones)),
  );
}

/** From when on days may begin at other instants than they did by what was known before; null: nothing has changed. */
export function changedFrom(before: Zones, after: Zones): number | null {
  if (homeOf(before) !== homeOf(after)) return -Infinity;
  const known = new Set(before.moves.map(({ at, timeZone }) => `${at} ${timeZone}`));
  return after.moves.find(({ at, timeZone }) => !known.has(`${at} ${timeZone}`))?.at ?? null;
}
