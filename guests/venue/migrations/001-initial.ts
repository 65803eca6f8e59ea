import type { MigrationStep } from '../../../shared/database/database.ts';

export const initial: MigrationStep = {
  name: 'venue-001-initial',
  statements: [
    // Consent, and the lock under which the fixes of a person are taken one batch after the other.
    'create table person (user_id uuid primary key, shares boolean not null)',
    `create table fix (
      user_id uuid not null,
      device_event_id text not null,
      captured_at timestamptz(3) not null,
      minute int not null,
      cell bigint not null,
      lat double precision not null check (lat between -90 and 90),
      lon double precision not null check (lon between -180 and 180),
      accuracy_m real not null,
      primary key (user_id, device_event_id))`,
    'create index fix_of_person on fix (user_id, captured_at)',
    // By minute first, so that what is written now lies together, and what is too old too.
    'create index fix_by_minute on fix (minute, cell)',
    // What was taken and not looked at yet for visits and meetings, by the person; written beside the fixes.
    `create table unseen (
      number bigint generated always as identity primary key,
      user_id uuid not null,
      captured_at timestamptz(3)[] not null,
      lat double precision[] not null,
      lon double precision[] not null)`,
    'create index unseen_of_person on unseen (user_id)',
    `create table place (
      id uuid primary key,
      name text not null check (char_length(name) between 1 and 2000),
      corners jsonb not null)`,
    `create table visit (
      id uuid primary key,
      user_id uuid not null,
      place_id uuid not null references place on delete cascade,
      entered_at timestamptz(3) not null,
      last_at timestamptz(3) not null,
      is_told boolean not null default false,
      changed_at timestamptz not null default clock_timestamp())`,
    'create index visit_of_person on visit (user_id, place_id, last_at)',
    'create index visit_of_place on visit (place_id)',
    'create index visit_by_end on visit (last_at)',
    'create index visit_untold on visit (last_at) where not is_told',
    // Once for two people and a day of the venue.
    `create table meeting (
      day int not null,
      low uuid not null,
      high uuid not null,
      primary key (day, low, high),
      check (low < high))`,
    'create index meeting_of_low on meeting (low)',
    'create index meeting_of_high on meeting (high)',
  ],
};
