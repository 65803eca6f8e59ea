import type { MigrationStep } from '../../../shared/database/database.ts';

/** Lets a user be deleted for good: what stays are sessions that have ended, for gateways to hear of, and audit entries without names and words. */
export const deletion: MigrationStep = {
  name: 'auth-009-deletion',
  statements: [
    // Audit entries about a user may still be on their way when the user is gone.
    'create table deleted_user (user_id uuid primary key, deleted_at timestamptz not null)',
    `alter table session alter column user_id drop not null,
       drop constraint session_user_id_fkey,
       add constraint session_user_id_fkey foreign key (user_id) references users on delete set null,
       drop constraint session_ended_by_check,
       add constraint session_ended_by_check check (ended_by in ('SIGNED_OUT', 'PASSWORD_CHANGED', 'BANNED', 'TOKEN_REUSED', 'DELETED'))`,

    'create index audit_of_target on audit (lower(target_id))',
    'drop trigger audit_is_append_only on audit',
    // Entries about the user whom the transaction deletes lose the name and the words of operators; nothing else of an entry may change.
    `create or replace function audit_is_append_only() returns trigger language plpgsql as $$
      declare erasable text[] := array['target_name', 'reason'];
      begin
        if tg_op = 'UPDATE' then
          if new.target_name is null and new.reason is null and lower(old.target_id) = current_setting('questline.deleted_user', true)
            and to_jsonb(new) - erasable = to_jsonb(old) - erasable then return new; end if;
        end if;
        raise exception 'the audit log only grows';
      end $$`,
    `create trigger audit_is_append_only before update or delete on audit
      for each row execute function audit_is_append_only()`,
    `create trigger audit_is_append_only_whole before truncate on audit
      for each statement execute function audit_is_append_only()`,
  ],
};
