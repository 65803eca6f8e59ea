import type { MigrationStep } from '../../../shared/database/database.ts';

/**
 * Keys of what players have begin with user_id, so that it can be spread by player: over shards or a distributed PostgreSQL. Whatever
 * refers to a completion, a payment or a grant names its player too.
 */
export const keys: MigrationStep = {
  name: 'progress-011-keys',
  statements: [
    'alter table popup drop constraint popup_completion_id_fkey, drop constraint popup_completion_id_key',
    'alter table ledger_entry drop constraint ledger_entry_payment_id_fkey, drop constraint ledger_entry_pkey',
    `alter table payment drop constraint payment_completion_id_fkey, drop constraint payment_completion_id_key,
       drop constraint payment_grant_id_fkey, drop constraint payment_grant_id_key, drop constraint payment_pkey`,

    'alter table completion drop constraint completion_pkey, add primary key (user_id, id)',
    // Gateways refer to a completion by its id alone.
    'create index completion_by_id on completion (id)',
    // Only the totals of quests read it, and those are counts now.
    'drop index completion_of_quest',

    `alter table reward_grant drop constraint reward_grant_pkey, drop constraint reward_grant_operator_id_idempotency_key_key,
       add primary key (user_id, id), add constraint reward_grant_key unique (user_id, operator_id, idempotency_key)`,
    `alter table popup add constraint popup_completion_key unique (user_id, completion_id),
       add constraint popup_completion_fkey foreign key (user_id, completion_id) references completion`,
    `alter table payment add primary key (user_id, id),
       add constraint payment_completion_key unique (user_id, completion_id),
       add constraint payment_grant_key unique (user_id, grant_id),
       add constraint payment_completion_fkey foreign key (user_id, completion_id) references completion,
       add constraint payment_grant_fkey foreign key (user_id, grant_id) references reward_grant`,
    // The key finds a player's lines in their order, too.
    'drop index ledger_of_user, ledger_of_payment',
    `alter table ledger_entry add primary key (user_id, id),
       add constraint ledger_entry_payment_fkey foreign key (user_id, payment_id) references payment`,
  ],
};
