import type { MigrationStep } from '../../../shared/database/database.ts';

/** What others see of a player. Null for all who have chosen none, as nobody has yet: then it follows from the sign-in name. */
export const displayNames: MigrationStep = {
  name: 'auth-008-display-names',
  statements: ['alter table users add column display_name text check (char_length(display_name) between 1 and 400)'],
};
