import type { MigrationStep } from '../../../shared/database/database.ts';

/** Which popups a player has seen. */
export const seen: MigrationStep = {
  name: 'progress-003-seen',
  statements: [
    'alter table popup add column seen_at timestamptz',
    'create index popup_unseen on popup (user_id, seq desc) where seen_at is null',
  ],
};
