import { type Database } from '../../../shared/database/database.ts';
import { Refusal } from '../../../shared/errors.ts';
import { findOwn, findWithin } from '../locations/fixStore.ts';
import { findConsent } from '../locations/personStore.ts';
import { rangesAround } from './cells.ts';
import { type Encounter, encountersOf } from './closeness.rules.ts';

export interface Asked {
  from?: Date | null;
  to?: Date | null;
  meters?: number | null;
  withinSeconds?: number | null;
  first?: number | null;
}

const longestHours = 7 * 24;
/** Of the person, and of all who were near: so much is compared within some hundred milliseconds. */
const fixesAtMost = { own: 20_000, near: 200_000 };

/** Who was close to a person, the last one first; nobody for who does not share. Throws BAD_USER_INPUT. */
export async function findEncounters(
  database: Database,
  userId: string,
  { from, to, meters, withinSeconds, first }: Asked,
  now: Date,
): Promise<Encounter[]> {
  const until = to ?? now;
  const since = from ?? new Date(until.getTime() - 24 * 3_600_000);
  const limit = within('first', first ?? 20, 1, 100);
  const closeness = {
    meters: within('meters', meters ?? 5, 1, 100),
    ms: 1000 * within('withinSeconds', withinSeconds ?? 60, 1, 300),
  };
  if (!(since <= until) || until.getTime() - since.getTime() > longestHours * 3_600_000)
    throw new Refusal('BAD_USER_INPUT', 'from and to take at most seven days, from the earlier to the later.');
  const em = database.fork();
  if (!(await findConsent(em, userId))) return [];
  const own = await findOwn(em, userId, since, until, fixesAtMost.own + 1);
  if (own.length > fixesAtMost.own) throw tooMuch();
  const near = await findWithin(em, rangesAround(own, closeness), fixesAtMost.near + 1);
  if (near.length > fixesAtMost.near) throw tooMuch();
  return encountersOf(own, near, closeness).slice(0, limit);
}

const tooMuch = () => new Refusal('BAD_USER_INPUT', 'Too much happened in this time: ask for a shorter one.');

function within(name: string, value: number, least: number, most: number): number {
  if (!(value >= least && value <= most))
    throw new Refusal('BAD_USER_INPUT', `${name} takes a number from ${least} to ${most}.`);
  return value;
}
