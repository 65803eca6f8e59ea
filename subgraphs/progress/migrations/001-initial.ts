import type { MigrationStep } from '../../../shared/database/database.ts';

/** The tables, and in their constraints everything the code promises about completions and money. */
export const initial: MigrationStep = {
  name: 'progress-001-initial',
  statements: [
    `create table player (
      user_id uuid primary key,
      time_zone text not null default 'UTC',
      popup_seq bigint not null default 0 check (popup_seq >= 0))`,

    // No foreign keys to players where the row beside it, or the statement before, sees to them, and `npm run reconcile` looks: each costs a look-up.
    `create table event (
      source text not null,
      id text not null,
      user_id uuid not null,
      type text not null,
      occurred_at timestamptz not null,
      recorded_at timestamptz not null default clock_timestamp(),
      data jsonb,
      position bigint generated always as identity,
      primary key (source, id))`,
    'create index event_of_user on event (user_id, position desc)',

    `create table quest (
      quest_id uuid primary key,
      position bigint generated always as identity unique,
      version int not null check (version >= 1))`,
    `create table quest_version (
      quest_id uuid not null references quest deferrable initially deferred,
      version int not null check (version >= 1),
      terms jsonb not null,
      primary key (quest_id, version))`,

    `create table tally (
      user_id uuid not null,
      tally text not null,
      total bigint not null check (total >= 0),
      primary key (user_id, tally)) with (fillfactor = 70)`,

    `create table quest_progress (
      user_id uuid not null references player,
      quest_id uuid not null references quest,
      uncounted bigint not null default 0 check (uncounted >= 0),
      completions int not null default 0 check (completions >= 0),
      primary key (user_id, quest_id))`,

    `create table completion (
      id uuid primary key,
      user_id uuid not null references player,
      quest_id uuid not null,
      number int not null check (number >= 1),
      quest_version int not null,
      completed_at timestamptz not null,
      unique (user_id, quest_id, number),
      foreign key (quest_id, quest_version) references quest_version)`,
    'create index completion_of_quest on completion (quest_id)',

    `create table popup (
      user_id uuid not null references player,
      seq bigint not null check (seq >= 1),
      completion_id uuid not null unique references completion,
      created_at timestamptz not null default clock_timestamp(),
      primary key (user_id, seq))`,

    `create table payment (
      id uuid primary key,
      completion_id uuid not null unique references completion,
      user_id uuid not null references player,
      paid_at timestamptz not null default clock_timestamp())`,
    `create table ledger_entry (
      id bigint generated always as identity primary key,
      payment_id uuid not null references payment,
      account text not null check (account in ('PLAYER', 'ISSUER')),
      user_id uuid not null,
      item text not null,
      amount bigint not null check (case account when 'PLAYER' then amount > 0 else amount < 0 end),
      balance bigint check ((account = 'PLAYER') = (balance is not null) and balance >= amount),
      created_at timestamptz not null default clock_timestamp())`,
    `create index ledger_of_user on ledger_entry (user_id, id desc) where account = 'PLAYER'`,
    'create index ledger_of_payment on ledger_entry (payment_id)',
    `create table balance (
      user_id uuid not null references player,
      item text not null,
      quantity bigint not null check (quantity >= 0),
      primary key (user_id, item))`,

    // What is written in the ledger, in payments and in completions stays as it was written, whoever asks.
    `create function refuse_change() returns trigger language plpgsql as $$
      begin raise exception '% is append-only', tg_table_name using errcode = '42501'; end $$`,
    ...['ledger_entry', 'payment', 'completion', 'quest_version'].flatMap((table) => [
      `create trigger append_only before update or delete on ${table} for each row execute function refuse_change()`,
      `create trigger append_only_whole before truncate on ${table} for each statement execute function refuse_change()`,
    ]),
    // The other three are referenced, and PostgreSQL locks what is referenced by the owner's right to update it.
    'revoke update, delete, truncate on ledger_entry from current_user',

    // A payment's lines come in one statement, which is looked at as a whole: once for a batch, and not once for each line.
    `create function check_payment_sum() returns trigger language plpgsql as $$
      declare unequal uuid;
      begin
        select payment_id into unequal from added group by payment_id, item having sum(amount) <> 0 limit 1;
        if found then raise exception 'payment % does not sum to zero', unequal using errcode = '23514'; end if;
        return null;
      end $$`,
    `create trigger payment_sums_to_zero after insert on ledger_entry referencing new table as added
      for each statement execute function check_payment_sum()`,
  ],
};
