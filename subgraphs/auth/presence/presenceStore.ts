import { type Transaction, rows } from '../../../shared/database/database.ts';
import { type EventEnvelope, event } from '../../../shared/events.ts';
import type { StoredUser } from '../entities.ts';
import { type ActiveDay, activeDayAt, movedTo } from './presence.rules.ts';

export interface Presence {
  user: StoredUser;
  now: Date;
}

type Remembered = Pick<StoredUser, 'roles' | 'timeZone' | 'activeDay' | 'activeUntil'>;

const lastDayOf = ({ activeDay, activeUntil }: Pick<Remembered, 'activeDay' | 'activeUntil'>): ActiveDay | null =>
  activeDay === null ? null : { day: activeDay, endsAt: activeUntil!.getTime() };

/** The user's day at this instant; undefined while the last one goes on, and for those who do no quests. */
function newDay(user: Remembered, now: Date): ActiveDay | undefined {
  if (!user.roles.includes('PLAYER')) return undefined;
  const last = lastDayOf(user);
  const day = activeDayAt(last, user.timeZone, now.getTime());
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

/** Until when the day of a user goes on who is there, and moves to this zone. */
export function activeUntilAfterMove(user: Remembered, timeZone: string): Date | null {
  const last = lastDayOf(user);
  return last && new Date(movedTo(last, timeZone).endsAt);
}

const userActive = ({ id: userId, timeZone }: StoredUser, day: number, occurredAt: Date) =>
  event('UserActive', { id: `${userId}:${day}`, source: 'auth', userId, occurredAt }, { timeZone });
