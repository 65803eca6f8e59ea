import { outboxMigration } from '../../shared/outbox.ts';
import { initial } from './001-initial.ts';

export const authMigrations = [outboxMigration, initial];
