import { inboxByUser, inboxMigration } from '../../../shared/delivery/inbox.ts';
import { outboxMigration } from '../../../shared/delivery/outbox.ts';
import { partitionsMigration } from '../../../shared/delivery/partitions.ts';
import { initial } from './001-initial.ts';
import { hardening } from './002-hardening.ts';
import { auditEntries } from './003-auditEntries.ts';
import { providers } from './004-providers.ts';
import { sessionExpiry } from './005-session-expiry.ts';
import { presence } from './006-presence.ts';
import { limits } from './007-limits.ts';
import { displayNames } from './008-displayNames.ts';
import { deletion } from './009-deletion.ts';
import { deletedSince } from './010-deletedSince.ts';

export const authMigrations = [
  outboxMigration,
  initial,
  hardening,
  inboxMigration,
  auditEntries,
  providers,
  sessionExpiry,
  presence,
  limits,
  displayNames,
  inboxByUser(),
  deletion,
  partitionsMigration,
  deletedSince,
];
