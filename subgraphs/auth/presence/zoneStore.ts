import { randomUUID } from 'node:crypto';
import { type Transaction, rows } from '../../../shared/database/database.ts';
import { Refusal } from '../../../shared/errors.ts';
import { event } from '../../../shared/events.ts';
import { send } from '../../../shared/delivery/outbox.ts';
import { type StoredUser, UserRow } from '../entities.ts';
import { activeUntilAfterMove, savePresence } from './presenceStore.ts';
import { dayInWords, nextChangeDay, zoneChangeDays } from './zones.rules.ts';

/**
 * The user's calendar days begin elsewhere from now on, of which the other subgraphs hear; nothing happens when the zone is the same. Throws
 * BAD_USER_INPUT when it was changed too often of late. The user must be locked by this transaction, and becomes what is stored.
 */
export async function changeZone(
  transaction: Transaction,
  user: StoredUser,
  timeZone: string,
  atMost: number,
  now: Date,
): Promise<void> {
  if (user.timeZone === timeZone) return;
  const day = nextChangeDay(await findChanges(transaction, user.id), atMost, user.timeZone, now.getTime());
  if (day !== null)
    throw new Refusal(
      'BAD_USER_INPUT',
      `The time zone can be changed ${atMost} times in ${zoneChangeDays} days. The next change is possible from ${dayInWords(day)} on.`,
    );
  // Whoever moves is there, still on the day of the old zone.
  const events = await savePresence(transaction, [{ user, now }]);
  const activeUntil = activeUntilAfterMove(user, timeZone);
  Object.assign(user, { timeZone, activeUntil });
  await transaction.nativeUpdate(UserRow, { id: user.id }, { timeZone, activeUntil });
  await saveChange(transaction, user.id, now);
  const facts = { id: randomUUID(), source: 'auth', userId: user.id, occurredAt: now };
  await send(transaction, [...events, event('UserTimeZoneChanged', facts, { timeZone })]);
}

async function findChanges(transaction: Transaction, userId: string): Promise<number[]> {
  const found = await rows<{ changed_at: string }>(
    transaction,
    'select changed_at from zone_change where user_id = $1',
    [userId],
  );
  return found.map(({ changed_at }) => Date.parse(changed_at));
}

/** Those that count no more go with it. */
async function saveChange(transaction: Transaction, userId: string, now: Date): Promise<void> {
  await rows(
    transaction,
    'delete from zone_change where user_id = $1 and changed_at < $2::timestamptz - make_interval(days => $3)',
    [userId, now, zoneChangeDays + 1],
  );
  await rows(transaction, 'insert into zone_change (user_id, changed_at) values ($1, $2) on conflict do nothing', [
    userId,
    now,
  ]);
}
