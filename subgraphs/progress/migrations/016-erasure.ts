import type { MigrationStep } from '../../../shared/database/database.ts';

/** The references between what a player has earned, which change their player together. */
const references = [
  ['popup', 'popup_completion_fkey'],
  ['payment', 'payment_completion_fkey'],
  ['payment', 'payment_grant_fkey'],
] as const;

/**
 * Lets a player be erased: what was earned goes over to a pseudonym, so that sums and counts stay what they were, and the player's row stays to
 * tell that nothing more of this player is taken.
 */
export const erasure: MigrationStep = {
  name: 'progress-016-erasure',
  statements: [
    'alter table player add column erased_at timestamptz',
    // What happened on a day is still counted when the events are gone.
    `create table erased_activity (
      day date primary key,
      events bigint not null,
      sign_ins bigint not null)`,
    ...references.map(
      ([table, name]) => `alter table ${table} alter constraint ${name} deferrable initially immediate`,
    ),

    // A line's payment was looked up by a foreign key, which also looks through all lines of a player for each payment that changes. Payments are never
    // deleted, so it is enough to look when a line is written.
    'alter table ledger_entry drop constraint ledger_entry_payment_fkey',
    `create or replace function check_payment_sum() returns trigger language plpgsql as $$
      declare wrong uuid;
      begin
        select payment_id into wrong from added group by payment_id, item having sum(amount) <> 0 limit 1;
        if found then raise exception 'payment % does not sum to zero', wrong using errcode = '23514'; end if;
        select payment_id into wrong from added where not exists
          (select from payment where payment.user_id = added.user_id and payment.id = added.payment_id) limit 1;
        if found then raise exception 'there is no payment % of this player', wrong using errcode = '23503'; end if;
        return null;
      end $$`,

    // What is append-only may go over to the pseudonym that the transaction has named, without the words of operators; nothing else of it may change.
    `create function refuse_change_but_erasure() returns trigger language plpgsql as $$
      declare given record := new;
      begin
        if tg_op = 'UPDATE' then
          if given.user_id::text = current_setting('questline.pseudonym', true) then
            given.user_id := old.user_id;
            if tg_table_name = 'reward_grant' then
              given.reason := old.reason;
              given.idempotency_key := old.idempotency_key;
            end if;
            if given is not distinct from old then return new; end if;
          end if;
        end if;
        raise exception '% is append-only', tg_table_name using errcode = '42501';
      end $$`,
    ...['ledger_entry', 'payment', 'completion', 'reward_grant'].flatMap((table) => [
      `drop trigger append_only on ${table}`,
      `create trigger append_only before update or delete on ${table} for each row execute function refuse_change_but_erasure()`,
    ]),
    'grant update (user_id) on ledger_entry to current_user',
  ],
};
