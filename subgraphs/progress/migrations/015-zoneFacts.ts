import type { MigrationStep } from '../../../shared/database/database.ts';

/**
 * Where players live as facts with an instant, from which the stretches in `player_zone` follow. What was known before becomes moves of the last
 * millisecond before they counted, which come to the same stretches.
 */
export const zoneFacts: MigrationStep = {
  name: 'progress-015-zone-facts',
  statements: [
    `create table zone_move (
      user_id uuid not null references player,
      moved_at timestamptz not null,
      time_zone text not null,
      primary key (user_id, moved_at, time_zone))`,
    `insert into zone_move (user_id, moved_at, time_zone)
     select user_id, begins_at - interval '1 millisecond', time_zone from player_zone where first_day is not null`,
    // From now on `time_zone` is where the player was before all moves, and this is when that was reported; 'infinity': nobody has.
    `alter table player add column zone_told_at timestamptz not null default '-infinity'`,
    `alter table player alter column zone_told_at set default 'infinity'`,
    `update player set time_zone = z.time_zone from player_zone z where z.user_id = player.user_id and z.first_day is null`,
    // A fact came so late that what had been counted by the player's own calendar was counted again.
    'alter table player add column is_recounted boolean not null default false',
  ],
};
