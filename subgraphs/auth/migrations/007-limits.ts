import type { MigrationStep } from '../../../shared/database/database.ts';

/** When players moved to another time zone, as far as it still counts; and who the operators are, without looking at everyone. */
export const limits: MigrationStep = {
  name: 'auth-007-limits',
  statements: [
    `create table zone_change (
      user_id uuid not null references users on delete cascade,
      changed_at timestamptz not null,
      primary key (user_id, changed_at))`,
    `create index users_operator on users (id) where 'OPERATOR' = any (roles)`,
  ],
};
