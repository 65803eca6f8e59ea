import type { MigrationStep } from '../../shared/database.ts';
import { inboxMigration } from '../../shared/inbox.ts';
import { outboxMigration } from '../../shared/outbox.ts';
import { initial } from './001-initial.ts';
import { activity } from './002-activity.ts';
import { seen } from './003-seen.ts';

export const progressMigrations: MigrationStep[] = [outboxMigration, inboxMigration, initial, activity, seen];
