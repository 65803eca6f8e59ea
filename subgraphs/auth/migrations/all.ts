import { outboxMigration } from '../../shared/outbox.ts';
import { initial } from './001-initial.ts';
import { hardening } from './002-hardening.ts';

export const authMigrations = [outboxMigration, initial, hardening];
