import type { MigrationStep } from '../../../shared/database/database.ts';

export const initial: MigrationStep = {
  name: 'quotes-001-initial',
  statements: [
    `create domain price as text check (value ~ '^-?\\d{1,12}(\\.\\d{1,8})?$')`,
    `create table looked_up (
      id bigint generated always as identity primary key,
      user_id uuid not null,
      requested_at timestamptz(3) not null,
      symbol text not null check (symbol ~ '^[A-Z0-9.^=_-]{1,32}$'),
      company_name text not null,
      open price not null,
      high price not null,
      low price not null,
      close price not null,
      as_of timestamptz(3) not null)`,
    'create index looked_up_of_user on looked_up (user_id, id desc)',
    'create table symbol_count (symbol text primary key, times bigint not null check (times > 0))',
    'create index symbol_count_most on symbol_count (times desc, symbol)',
  ],
};
