import type { MigrationStep } from '../../../shared/database/database.ts';

/** What operators give without a completion: a payment has one cause, which is either of the two. */
export const grants: MigrationStep = {
  name: 'progress-006-grants',
  statements: [
    `create table reward_grant (
      id uuid primary key,
      user_id uuid not null references player,
      rewards jsonb not null check (jsonb_array_length(rewards) between 1 and 20),
      reason text not null check (char_length(reason) between 1 and 200),
      granted_at timestamptz not null,
      operator_id uuid not null,
      idempotency_key text not null check (length(idempotency_key) between 1 and 100),
      unique (operator_id, idempotency_key))`,
    `create trigger append_only before update or delete on reward_grant for each row execute function refuse_change()`,
    `create trigger append_only_whole before truncate on reward_grant for each statement execute function refuse_change()`,
    `alter table payment alter column completion_id drop not null,
       add column grant_id uuid unique references reward_grant,
       add constraint payment_has_one_cause check (num_nonnulls(completion_id, grant_id) = 1)`,
  ],
};
