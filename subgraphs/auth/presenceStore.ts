import { type Transaction, rows } from '../../shared/database.ts';
import { type EventEnvelope, event } from '../../shared/events.ts';
import type { StoredUser } from './entities.ts';
import { type ActiveDay, activeDayAt } from './presence.rules.ts';

export interface Presence {
  user: StoredUser;
  now: Date;
}

type Remembered = Pick<StoredUser, 'roles' | 'timeZone' | 'activeDay' | 'activeUntil'>;

/** The user's day at this instant; undefined while the last one goes on, and for those who do no quests. */
function newDay({ roles, timeZone, activeDay, activeUntil }: Remembered, now: Date): ActiveDay | undefined {
  if (!roles.includes('PLAYER')) return undefined;
  const last = activeDay === null ? null : { day: activeDay, endsAt: activeUntil!.getTime() };
  const day = activeDayAt(last, timeZone, now.getTime());
  return day === last ? undefined : day;
}

/** Would it be written down that this user is there now? Once a day at most. */
export const isNewDay = (user: Remembered, now: Date): boolean => newDay(user, now) !== undefined;

/**
 * Who signs in is ACTIVE, and there on this day. Answers one event for each of these users who was not there before on this day, by an id
 * that is the same whoever sends it. The users must be locked by this transaction, and become what is stored.
 */
export async function savePresence(transaction: Transaction, present: readonly Presence[]): Promise<EventEnvelope[]> {
  const changed = new Set<StoredUser>();
  const events: EventEnvelope[] = [];
  for (const { user, now } of present) {
    const day = newDay(user, now);
    if (user.status === 'NEW' || day) changed.add(user);
    user.status = 'ACTIVE';
    if (!day) continue;
    const isAnother = day.day !== user.activeDay;
    user.activeDay = day.day;
    user.activeUntil = new Date(day.endsAt);
    if (isAnother) events.push(userActive(user, day.day, now));
  }
  if (changed.size === 0) return [];
  const users = [...changed];
  await rows(
    transaction,
    `update users set status = 'ACTIVE', active_day = day, active_until = ends
     from unnest($1::uuid[], $2::int[], $3::timestamptz[]) as p (user_id, day, ends) where users.id = user_id`,
    [users.map(({ id }) => id), users.map(({ activeDay }) => activeDay), users.map(({ activeUntil }) => activeUntil)],
  );
  return events;
}

const userActive = ({ id: userId, timeZone }: StoredUser, day: number, occurredAt: Date) =>
  event('UserActive', { id: `${userId}:${day}`, source: 'auth', userId, occurredAt }, { timeZone });
