import type { MigrationStep } from '../../../shared/database.ts';

/** The references between what a player has earned, which change their player together. */
const references = [
  ['popup', 'popup_completion_fkey'],
  ['payment', 'payment_completion_fkey'],
  ['payment', 'payment_grant_fkey'],
  ['ledger_entry', 'ledger_entry_payment_fkey'],
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

    // What is append-only may go over to the pseudonym that the transaction has named, without the words of operators; nothing else of it may change.
    `create function refuse_change_but_erasure() returns trigger language plpgsql as $$
      declare erasable text[] := array['user_id', 'reason', 'idempotency_key'];
      begin
        if tg_op = 'UPDATE' then
          if new.user_id::text = current_setting('questline.pseudonym', true)
            and to_jsonb(new) - erasable = to_jsonb(old) - erasable then return new; end if;
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
