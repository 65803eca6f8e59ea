import type { MigrationStep } from '../../../shared/database/database.ts';

export const initial: MigrationStep = {
  name: 'alerts-001-initial',
  statements: [
    `create table category (
      name text primary key check (name ~ '^[a-z0-9][a-z0-9-]{0,30}[a-z0-9]$'),
      tags text[] not null check (cardinality(tags) <= 20))`,
    `create table post (
      id uuid primary key,
      author_id uuid not null,
      category text not null references category,
      tags text[] not null check (cardinality(tags) <= 5),
      title text not null check (char_length(title) between 1 and 2000),
      body text not null check (char_length(body) between 1 and 32000),
      severity text not null check (severity in ('INFO', 'WARNING', 'DANGER')),
      lat double precision check (lat between -90 and 90),
      lon double precision check (lon between -180 and 180),
      posted_at timestamptz(3) not null,
      confirmations integer not null default 0 check (confirmations >= 0),
      hidden_at timestamptz(3),
      check ((lat is null) = (lon is null)))`,
    'create index post_of_author on post (author_id, posted_at desc)',
    'create table confirmation (post_id uuid references post on delete cascade, user_id uuid, primary key (post_id, user_id))',
    'create index confirmation_of_user on confirmation (user_id)',
    'create table report (post_id uuid references post on delete cascade, user_id uuid, primary key (post_id, user_id))',
    'create index report_of_user on report (user_id)',
    // By category first: who wants to know is read page by page for each post.
    `create table interest (
      category text not null references category,
      user_id uuid not null,
      tags text[] not null check (cardinality(tags) <= 20),
      primary key (category, user_id))`,
    'create index interest_of_user on interest (user_id)',
    // One number after the other for each reader, given under the lock of its row, so that a cursor never passes what commits later.
    'create table reader (user_id uuid primary key, seq bigint not null)',
    `create table timeline (
      user_id uuid not null,
      seq bigint not null,
      post_id uuid not null references post on delete cascade,
      primary key (user_id, seq),
      unique (user_id, post_id))`,
    // Posts that have not reached everybody yet, and the last reader that they have reached.
    `create table fanout (
      post_id uuid primary key references post on delete cascade,
      reached uuid not null default '00000000-0000-0000-0000-000000000000',
      free_at timestamptz not null default clock_timestamp())`,
    'create index timeline_of_post on timeline (post_id)',
    'create index fanout_free on fanout (free_at)',
  ],
};
