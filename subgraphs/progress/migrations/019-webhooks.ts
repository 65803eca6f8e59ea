import type { MigrationStep } from '../../../shared/database/database.ts';

/** Where events are sent, and what was sent or waits to be; a delivery about nobody has the user of zeros. */
export const webhooks: MigrationStep = {
  name: 'progress-019-webhooks',
  statements: [
    `create table webhook (
      id uuid primary key,
      url text not null,
      description text not null,
      types text[] not null check (types <> '{}'),
      signing_key text not null,
      previous_key text,
      previous_key_until timestamptz,
      disabled_for text check (disabled_for in ('OPERATOR', 'FAILING', 'GONE')),
      failing_since timestamptz,
      last_fault text,
      created_at timestamptz not null,
      check ((previous_key is null) = (previous_key_until is null)))`,
    `create table webhook_delivery (
      user_id uuid not null,
      number bigint generated always as identity,
      webhook_id uuid not null,
      event_id text not null,
      type text not null,
      body text not null,
      hash int check (hash >= 0),
      state text not null default 'WAITING' check (state in ('WAITING', 'DELIVERED', 'DEAD')),
      attempts int not null default 0,
      due_at timestamptz not null default clock_timestamp(),
      status int,
      fault text,
      created_at timestamptz not null default clock_timestamp(),
      tried_at timestamptz,
      primary key (user_id, number)) with (fillfactor = 70)`,
    `create index webhook_delivery_waiting on webhook_delivery (webhook_id, number) where state = 'WAITING'`,
    `create index webhook_delivery_lane on webhook_delivery (webhook_id, user_id, number) where state = 'WAITING'`,
    `create index webhook_delivery_dead on webhook_delivery (webhook_id, number) where state = 'DEAD'`,
    'create index webhook_delivery_history on webhook_delivery (webhook_id, number)',
  ],
};
