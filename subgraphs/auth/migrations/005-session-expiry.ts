import type { MigrationStep } from '../../../shared/database/database.ts';

/** Finds the sessions of long ago, at next to no cost for those who sign in. */
export const sessionExpiry: MigrationStep = {
  name: 'auth-005-session-expiry',
  statements: ['create index session_by_time on session using brin (created_at) with (autosummarize = on)'],
};
