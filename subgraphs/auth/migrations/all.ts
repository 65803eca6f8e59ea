import { inboxMigration } from '../../../shared/inbox.ts';
import { outboxMigration } from '../../../shared/outbox.ts';
import { initial } from './001-initial.ts';
import { hardening } from './002-hardening.ts';
import { deeds } from './003-deeds.ts';
import { providers } from './004-providers.ts';
import { sessionExpiry } from './005-session-expiry.ts';

export const authMigrations = [outboxMigration, initial, hardening, inboxMigration, deeds, providers, sessionExpiry];
