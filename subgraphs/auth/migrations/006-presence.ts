import type { MigrationStep } from '../../../shared/database/database.ts';

/** On which calendar day a player was there last, and until when that day goes on. */
export const presence: MigrationStep = {
  name: 'auth-006-presence',
  statements: [
    // Once a day each row is written: beside the old version, where there is subgraph.
    `alter table users add column active_day int, add column active_until timestamptz, set (fillfactor = 90),
       add constraint users_active check ((active_day is null) = (active_until is null))`,
  ],
};
