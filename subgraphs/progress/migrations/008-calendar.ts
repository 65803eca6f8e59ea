import type { MigrationStep } from '../../../shared/database/database.ts';

/** Where players have lived, and the days, weeks and months in which something happened. */
export const calendar: MigrationStep = {
  name: 'progress-008-calendar',
  statements: [
    // Only of players who have moved; of others it is the zone of the player. The first stretch has neither beginning nor first day.
    `create table player_zone (
      user_id uuid not null references player,
      begins_at timestamptz not null,
      time_zone text not null,
      first_day int,
      primary key (user_id, begins_at),
      check ((first_day is null) = (begins_at = '-infinity')))`,
    `create table active_span (
      user_id uuid not null,
      tally text not null,
      span int not null,
      early smallint not null check (early between 0 and 2),
      later boolean not null,
      primary key (user_id, tally, span),
      check (early > 0 or later))`,
  ],
};
