import type { MigrationStep } from '../../../shared/database/database.ts';

/**
 * The last events of a player that are of some types, and the past that a backfill counts, are found without reading what else the player did.
 * Months that are made from now on have this index by themselves.
 */
export const eventsOfPlayers: MigrationStep = {
  name: 'progress-017-events-of-players',
  statements: ['create index event_of_player on event (user_id, type, occurred_at, position)'],
};
