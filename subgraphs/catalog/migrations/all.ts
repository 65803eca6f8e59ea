import type { MigrationStep } from '../../../shared/database/database.ts';
import { outboxMigration } from '../../../shared/delivery/outbox.ts';
import { partitionsMigration } from '../../../shared/delivery/partitions.ts';
import { initial } from './001-initial.ts';
import { calendar } from './002-calendar.ts';
import { objectives } from './003-objectives.ts';

/** Append only: a step that has run anywhere never changes. */
export const catalogMigrations: readonly MigrationStep[] = [
  outboxMigration,
  initial,
  calendar,
  objectives,
  partitionsMigration,
];
