import type { MigrationStep } from '../../../shared/database/database.ts';
import { inboxByUser, inboxMigration } from '../../../shared/delivery/inbox.ts';
import { outboxMigration } from '../../../shared/delivery/outbox.ts';
import { partitionsMigration } from '../../../shared/delivery/partitions.ts';
import { initial } from './001-initial.ts';
import { activity } from './002-activity.ts';
import { seen } from './003-seen.ts';
import { eventLog } from './004-eventLog.ts';
import { activityCounts } from './005-activityCounts.ts';
import { grants } from './006-grants.ts';
import { firstEvents } from './007-firstEvents.ts';
import { calendar } from './008-calendar.ts';
import { measures } from './009-measures.ts';
import { amounts } from './010-amounts.ts';
import { keys } from './011-keys.ts';
import { eventMonths } from './012-eventMonths.ts';
import { questCounts } from './013-questCounts.ts';
import { backfill } from './014-backfill.ts';
import { zoneFacts } from './015-zoneFacts.ts';
import { erasure } from './016-erasure.ts';
import { eventsOfPlayers } from './017-eventsOfPlayers.ts';
import { pauses } from './018-pauses.ts';
import { webhooks } from './019-webhooks.ts';
import { reconciliation } from './020-reconciliation.ts';

export const progressMigrations: MigrationStep[] = [
  outboxMigration,
  inboxMigration,
  initial,
  activity,
  seen,
  eventLog,
  activityCounts,
  grants,
  firstEvents,
  calendar,
  measures,
  amounts,
  keys,
  inboxByUser([
    'update inbox set user_id = event.user_id from event where event.source = inbox.source and event.id = inbox.event_id',
  ]),
  eventMonths,
  questCounts,
  backfill,
  zoneFacts,
  erasure,
  eventsOfPlayers,
  pauses,
  webhooks,
  partitionsMigration,
  reconciliation,
];
