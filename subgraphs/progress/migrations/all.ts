import type { MigrationStep } from '../../shared/database.ts';
import { inboxMigration } from '../../shared/inbox.ts';
import { outboxMigration } from '../../shared/outbox.ts';
import { initial } from './001-initial.ts';

export const progressMigrations: MigrationStep[] = [outboxMigration, inboxMigration, initial];
