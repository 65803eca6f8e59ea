import type { MigrationStep } from '../../../shared/database/database.ts';

/** What `npm run reconcile` has found, each time. */
export const reconciliation: MigrationStep = {
  name: 'progress-020-reconciliation',
  statements: [
    `create table reconciliation (
      id bigint generated always as identity primary key,
      ran_at timestamptz not null default now(),
      differing int not null check (differing >= 0))`,
  ],
};
