import type { MigrationStep } from '../../../shared/database/database.ts';

/** When the earliest event of a tally happened: a quest that began before it counts all of the tally, and nobody has to look at the events. */
export const firstEvents: MigrationStep = {
  name: 'progress-007-first-events',
  statements: [
    'alter table tally add column first_at timestamptz',
    `update tally set first_at = coalesce(
       (select min(occurred_at) from event where event.user_id = tally.user_id
         and type in (split_part(tally, ' ', 1), case when split_part(tally, ' ', 1) = 'UserSignIn' then 'NewUserSignIn' end)),
       'epoch')`,
    'alter table tally alter column first_at set not null',
  ],
};
