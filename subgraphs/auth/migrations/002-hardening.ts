import type { MigrationStep } from '../../../shared/database/database.ts';

export const hardening: MigrationStep = {
  name: 'auth-002-hardening',
  statements: [
    // For gateways, which ask every few seconds which sessions have ended lately.
    'create index session_ended on session (ended_at) where ended_at is not null',

    // From where each user has signed in before; hashed, because nobody needs to read it.
    `create table known_address (
      user_id uuid not null references users on delete cascade,
      address_hash text not null check (length(address_hash) = 43),
      first_seen_at timestamptz not null,
      primary key (user_id, address_hash))`,

    // No reference to users: what was done stays on record when they are gone.
    `create table audit (
      number bigint generated always as identity primary key,
      occurred_at timestamptz not null,
      actor_id uuid,
      action text not null,
      target_id text,
      outcome text not null check (outcome in ('DONE', 'REFUSED')),
      request_id text not null)`,
    `create function audit_is_append_only() returns trigger language plpgsql as
      $$ begin raise exception 'the audit log only grows'; end $$`,
    `create trigger audit_is_append_only before update or delete on audit
      for each statement execute function audit_is_append_only()`,
  ],
};
