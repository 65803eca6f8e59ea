import type { MigrationStep } from '../../../shared/database/database.ts';

/** What publishing does with the past, as jobs that go through the players in ranges. */
export const backfill: MigrationStep = {
  name: 'progress-014-backfill',
  statements: [
    `create table backfill (
      id bigint generated always as identity primary key,
      quest_id uuid not null,
      version int not null,
      terms jsonb not null,
      mode text not null check (mode in ('SILENT', 'NOTIFY', 'PREVIEW')),
      state text not null default 'RUNNING' check (state in ('RUNNING', 'PAUSED', 'STOPPED', 'DONE', 'FAILED', 'REFUSED')),
      -- Only counts what it would pay: a preview, or the look before the leap of one that has a budget.
      is_counting boolean not null,
      after_user uuid,
      players bigint not null default 0,
      events bigint not null default 0,
      completions bigint not null default 0,
      payout jsonb not null default '{}',
      first_players uuid[] not null default '{}',
      working_ms bigint not null default 0,
      error text,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      check ((state in ('FAILED', 'REFUSED')) = (error is not null)))`,
    `create index backfill_running on backfill (id) where state = 'RUNNING'`,
    // What a silent backfill has completed is in the lists, and does not pop up.
    'alter table popup add column silent boolean not null default false',
  ],
};
