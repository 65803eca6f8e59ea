import type { MigrationStep } from '../../../shared/database/database.ts';

/**
 * Has events in the order in which they happened, for operators who ask for all of them, for those of a type or for those of a player; and in
 * the order in which they were stored, for those who wait for the next.
 */
export const eventLog: MigrationStep = {
  name: 'progress-004-event-log',
  statements: [
    'drop index event_of_user',
    'create index event_of_user on event (user_id, occurred_at, position)',
    'create index event_by_instant on event (occurred_at, position)',
    'create index event_of_type on event (type, occurred_at, position)',
    'create index event_by_position on event (position)',
  ],
};
