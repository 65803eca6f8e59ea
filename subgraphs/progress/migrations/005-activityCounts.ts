import type { MigrationStep } from '../../../shared/database/database.ts';

const signIns = `count(*) filter (where type in ('UserSignIn', 'NewUserSignIn'))`;
const dayOf = (instant: string) => `(${instant} at time zone 'UTC')::date`;

/** Adds what a statement has inserted to the days on which it happened. */
const counting = (table: string, instant: string, counts: Record<string, string>) => {
  const names = Object.keys(counts);
  const added = names.map((name) => `${name} = activity.${name} + excluded.${name}`).join(', ');
  return [
    `create function count_${table}() returns trigger language plpgsql as $$
      declare mine int := activity_slot();
      begin
        insert into activity (day, slot, ${names.join(', ')})
        select ${dayOf(instant)}, mine, ${Object.values(counts).join(', ')} from added group by 1
        on conflict (day, slot) do update set ${added};
        return null;
      end $$`,
    `create trigger counted after insert on ${table} referencing new table as added
      for each statement execute function count_${table}()`,
  ];
};

/**
 * Counts per day, kept by the database in the transaction of whatever is counted, so that nobody who writes can forget it. A day has several
 * rows: each transaction takes one that no other holds, so nobody waits here for another's commit.
 */
export const activityCounts: MigrationStep = {
  name: 'progress-005-activity-counts',
  statements: [
    'drop index event_by_time',
    'drop index completion_by_time',
    'drop index payment_by_time',
    `create table activity (
      day date not null,
      slot int not null,
      sign_ins bigint not null default 0,
      events bigint not null default 0,
      completions bigint not null default 0,
      payments bigint not null default 0,
      primary key (day, slot)) with (fillfactor = 50)`,
    // The first number of the lock is any that no other use of advisory locks in this database has.
    `create function activity_slot() returns int language plpgsql as $$
      begin
        for slot in 0..31 loop
          if pg_try_advisory_xact_lock(4711003, slot) then return slot; end if;
        end loop;
        return 32 + pg_backend_pid();
      end $$`,
    ...counting('event', 'occurred_at', { events: 'count(*)', sign_ins: signIns }),
    ...counting('completion', 'completed_at', { completions: 'count(*)' }),
    ...counting('payment', 'paid_at', { payments: 'count(*)' }),
    `insert into activity (day, slot, events, sign_ins) select ${dayOf('occurred_at')}, 0, count(*), ${signIns} from event group by 1`,
    `insert into activity (day, slot, completions) select ${dayOf('completed_at')}, 0, count(*) from completion group by 1
     on conflict (day, slot) do update set completions = excluded.completions`,
    `insert into activity (day, slot, payments) select ${dayOf('paid_at')}, 0, count(*) from payment group by 1
     on conflict (day, slot) do update set payments = excluded.payments`,
  ],
};
