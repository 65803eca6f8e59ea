import { setTimeout as sleep } from 'node:timers/promises';
import { type Transaction, rows } from '../../../shared/database/database.ts';
import { Refusal } from '../../../shared/errors.ts';
import type { EventEnvelope } from '../../../shared/events.ts';

/** A first sign-in reaches progress a moment after auth has answered it: for so long it is waited for, and so often looked at. */
const [looks, pauseMs] = [10, 100];

/**
 * Refuses events of users who have been deleted; and of users whom progress does not know, after it has waited a second for their first sign-ins to
 * arrive. Throws NOT_FOUND that names the events, and says when to try again where that may help.
 */
export async function refuseStrangers(em: Transaction, events: readonly EventEnvelope[]): Promise<void> {
  const userIds = [...new Set(events.map((event) => event.userId!))];
  const erased = placesOf(events, await findErased(em, userIds));
  if (erased.length > 0)
    throw new Refusal('NOT_FOUND', `${named(erased)}: the user was deleted. Nothing was stored.`, { events: erased });
  let strangers = await findStrangers(em, userIds);
  for (let look = 1; strangers.length > 0 && look < looks; look++) {
    await sleep(pauseMs);
    strangers = await findStrangers(em, strangers);
  }
  if (strangers.length === 0) return;
  const places = placesOf(events, strangers);
  throw new Refusal(
    'NOT_FOUND',
    `${named(places)}: no user with this id has signed in, as far as is known here. Nothing was stored; if the first sign-in was a moment ago, send the same again.`,
    { events: places, retryAfterSeconds: 1 },
  );
}

const named = (places: readonly number[]) =>
  places
    .slice(0, 20)
    .map((n) => `events[${n}]`)
    .join(', ');

function placesOf(events: readonly EventEnvelope[], userIds: readonly string[]): number[] {
  const wanted = new Set(userIds);
  return events.flatMap(({ userId }, n) => (wanted.has(userId!) ? [n] : []));
}

async function findErased(em: Transaction, userIds: readonly string[]): Promise<string[]> {
  const found = await rows<{ user_id: string }>(
    em,
    'select user_id from player where user_id = any($1::uuid[]) and erased_at is not null',
    [userIds],
  );
  return found.map((row) => row.user_id);
}

/** Those of these ids that no player has. */
async function findStrangers(em: Transaction, userIds: readonly string[]): Promise<string[]> {
  const found = await rows<{ user_id: string }>(
    em,
    'select user_id from unnest($1::uuid[]) given(user_id) where not exists (select from player where player.user_id = given.user_id)',
    [userIds],
  );
  return found.map((row) => row.user_id);
}
