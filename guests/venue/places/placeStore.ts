import { randomUUID } from 'node:crypto';
import { type Transaction, rows } from '../../../shared/database/database.ts';
import { Refusal } from '../../../shared/errors.ts';
import type { PlaceDraft } from './place.rules.ts';

export interface Place extends PlaceDraft {
  id: string;
}

/** All of them are looked through for each fix. */
const placesAtMost = 500;

export const findPlaces = (em: Transaction): Promise<Place[]> =>
  rows(em, 'select id, name, corners from place order by name, id');

/** Throws CONFLICT when there are as many as there may be. */
export async function savePlace(transaction: Transaction, { name, corners }: PlaceDraft): Promise<Place> {
  const id = randomUUID();
  const saved = await rows<Place>(
    transaction,
    `insert into place (id, name, corners) select $1, $2, $3::jsonb where (select count(*) from place) < $4 returning id, name, corners`,
    [id, name, JSON.stringify(corners), placesAtMost],
  );
  if (!saved[0]) throw new Refusal('CONFLICT', `A venue has at most ${placesAtMost} places.`);
  return saved[0];
}

/** False: there is no such place. */
export async function removePlace(transaction: Transaction, id: string): Promise<boolean> {
  return (await rows(transaction, 'delete from place where id = $1 returning 1', [id])).length > 0;
}
