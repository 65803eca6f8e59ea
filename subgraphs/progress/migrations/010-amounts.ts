import type { MigrationStep } from '../../../shared/database/database.ts';

/** The most that a wallet holds, 2^53 - 1, and which step of its quest a completion stands for. */
export const amounts: MigrationStep = {
  name: 'progress-010-amounts',
  statements: [
    'alter table balance add constraint balance_is_exact check (quantity <= 9007199254740991)',
    'alter table completion add column step int check (step >= 0)',
  ],
};
