import type { MigrationStep } from '../../../shared/database/database.ts';

export const initial: MigrationStep = {
  name: 'auth-001-initial',
  statements: [
    `create table users (
      id uuid primary key,
      name text not null check (name ~ '^[A-Za-z][A-Za-z0-9._-]{2,31}$'),
      status text not null check (status in ('NEW', 'ACTIVE', 'BANNED')),
      roles text[] not null check (cardinality(roles) > 0 and roles <@ array['PLAYER', 'OPERATOR', 'SERVICE']),
      time_zone text not null check (time_zone <> ''),
      password_hash text check (password_hash like '$argon2id$%'),
      device_hash text constraint users_device unique check (length(device_hash) = 43),
      created_at timestamptz not null,
      constraint users_way_in check ((password_hash is null) <> (device_hash is null)))`,
    'create unique index users_name on users (lower(name))',

    `create table session (
      id uuid primary key,
      user_id uuid not null references users on delete cascade,
      created_at timestamptz not null,
      ended_at timestamptz,
      ended_by text check (ended_by in ('SIGNED_OUT', 'PASSWORD_CHANGED', 'BANNED', 'TOKEN_REUSED')),
      check ((ended_at is null) = (ended_by is null)))`,
    'create index session_live on session (user_id) where ended_at is null',

    `create table refresh_token (
      token_hash text primary key check (length(token_hash) = 43),
      session_id uuid not null references session on delete cascade,
      issued_at timestamptz not null,
      expires_at timestamptz not null check (expires_at > issued_at),
      used_at timestamptz,
      successor_salt text,
      check (used_at is not null or successor_salt is null))`,
    'create unique index refresh_token_one_live on refresh_token (session_id) where used_at is null',
    'create index refresh_token_of_session on refresh_token (session_id, expires_at)',

    `create table sign_in (
      event_id uuid primary key,
      user_id uuid not null references users on delete cascade,
      occurred_at timestamptz not null,
      idempotency_key text check (length(idempotency_key) between 1 and 100))`,
    // Most sign-ins come without a key and need no entry.
    'create unique index sign_in_once on sign_in (user_id, idempotency_key) where idempotency_key is not null',
  ],
};
