import type { MigrationStep } from '../../../shared/database/database.ts';

/** Times in which no streak is lost, of one player or of everybody (the user of zeros), of one quest or of all. */
export const pauses: MigrationStep = {
  name: 'progress-018-pauses',
  statements: [
    `create table pause (
      user_id uuid not null,
      id uuid not null,
      quest_id uuid references quest,
      starts_at timestamptz not null,
      ends_at timestamptz not null,
      reason text not null,
      operator_id uuid not null,
      created_at timestamptz not null,
      ended_by uuid,
      -- Of those for everybody: the state of the definitions in which it has changed last.
      known_since int,
      compensation_id uuid,
      primary key (user_id, id),
      check (starts_at <= ends_at))`,
    'create index pause_by_id on pause (id)',
    // One deed of an operator, which pauses what an outage has cost each player.
    `create table compensation (
      id uuid primary key,
      starts_at timestamptz not null,
      ends_at timestamptz not null,
      reason text not null,
      operator_id uuid not null,
      idempotency_key text not null,
      is_dry_run boolean not null,
      state text not null default 'RUNNING' check (state in ('RUNNING', 'DONE', 'FAILED')),
      after_user uuid,
      players bigint not null default 0,
      streaks bigint not null default 0,
      quests jsonb not null default '{}',
      first_players uuid[] not null default '{}',
      error text,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      unique (operator_id, idempotency_key, is_dry_run),
      check ((state = 'FAILED') = (error is not null)))`,
  ],
};
