import type { MigrationStep } from '../../../shared/database/database.ts';

/** The first day of the month of an instant, in UTC. */
const monthOf = (instant: string) => `date_trunc('month', ${instant} at time zone 'UTC')::date`;
const startOf = (month: string) => `(${month})::timestamp at time zone 'UTC'`;

/**
 * Events by the month in which they happened, so that what is kept long enough goes as a whole. The key finds a player's events in the order of
 * time; that an id has one effect is the inbox's to see to. What no month has a place for yet is in `event_other`.
 */
export const eventMonths: MigrationStep = {
  name: 'progress-012-event-months',
  statements: [
    'drop trigger counted on event',
    'alter table event rename to event_before',
    'alter table event_before alter column position drop identity',
    'alter table event_before drop constraint event_pkey',
    'drop index event_of_user',
    ...['event_by_instant', 'event_of_type', 'event_by_position'].map(
      (name) => `alter index ${name} rename to ${name}_before`,
    ),
    `create table event (
      source text not null,
      id text not null,
      user_id uuid not null,
      type text not null,
      occurred_at timestamptz not null,
      recorded_at timestamptz not null default clock_timestamp(),
      data jsonb,
      position bigint generated always as identity,
      constraint event_pkey primary key (user_id, occurred_at, source, id)) partition by range (occurred_at)`,
    'create index event_by_instant on event (occurred_at, position)',
    'create index event_of_type on event (type, occurred_at, position)',
    'create index event_by_position on event (position)',
    'create table event_other partition of event default',

    `create view event_month as
      select name, substring(bounds from $$FROM \\('([^']+)'\\)$$)::timestamptz as begins_at,
        substring(bounds from $$TO \\('([^']+)'\\)$$)::timestamptz as ends_at
      from (select relname as name, pg_get_expr(relpartbound, pg_class.oid) as bounds
        from pg_inherits join pg_class on pg_class.oid = inhrelid where inhparent = 'event'::regclass) partitions
      where bounds <> 'DEFAULT'`,
    // True: it was not there. Holds up, for a moment, only those who write events that no month has a place for.
    `create function add_event_month(month date) returns boolean language plpgsql as $$
      declare
        name text := 'event_' || to_char(month, 'YYYY_MM');
        first timestamptz := ${startOf('month')};
        after timestamptz := ${startOf(`month + interval '1 month'`)};
      begin
        if exists (select from event_month where ends_at > first and (begins_at is null or begins_at < after)) then return false; end if;
        execute format('create table %I (like event including defaults including constraints including indexes)', name);
        lock table event_other in access exclusive mode;
        execute format('with moved as (delete from event_other where occurred_at >= %L and occurred_at < %L returning *)
          insert into %I select * from moved', first, after, name);
        execute format('alter table event attach partition %I for values from (%L) to (%L)', name, first, after);
        return true;
      end $$`,

    // What was stored before is one partition, up to the end of this month.
    `do $$
      declare edge timestamptz := ${startOf(`${monthOf('now()')} + interval '1 month'`)};
      begin
        if not exists (select from event_before) then drop table event_before; return; end if;
        perform setval(pg_get_serial_sequence('event', 'position'), (select max(position) from event_before));
        with later as (delete from event_before where occurred_at >= edge returning *)
          insert into event overriding system value select * from later;
        alter table event_before add primary key (user_id, occurred_at, source, id);
        execute format('alter table event attach partition event_before for values from (minvalue) to (%L)', edge);
      end $$`,
    `select add_event_month((${monthOf('now()')} + n * interval '1 month')::date) from generate_series(-1, 2) n`,

    `create trigger counted after insert on event referencing new table as added for each statement execute function count_event()`,
    // What was removed because it was kept long enough: nothing of before `begins_at` is expected to be there.
    'create table retention (subject text primary key, begins_at timestamptz not null)',
  ],
};
