import type { MigrationStep } from '../../../shared/database/database.ts';

/** Finds the last days in tables that grow in the order of time, at next to no cost for those who write. */
export const activity: MigrationStep = {
  name: 'progress-002-activity',
  statements: [
    'create index event_by_time on event using brin (recorded_at) with (autosummarize = on)',
    'create index completion_by_time on completion using brin (completed_at) with (autosummarize = on)',
    'create index payment_by_time on payment using brin (paid_at) with (autosummarize = on)',
  ],
};
