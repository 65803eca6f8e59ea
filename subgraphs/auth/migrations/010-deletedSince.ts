import type { MigrationStep } from '../../../shared/database/database.ts';

/** Subgraphs that join ask who was deleted since they asked last, by instants of JSON, which are milliseconds. */
export const deletedSince: MigrationStep = {
  name: 'auth-010-deleted-since',
  statements: [
    'alter table deleted_user alter column deleted_at type timestamptz(3)',
    'create index deleted_user_since on deleted_user (deleted_at, user_id)',
  ],
};
