import { type Environment, days } from '../../../shared/process/environment.ts';
import { inboxDaysAtLeast, inboxDaysOf } from '../../../shared/delivery/inboxRetention.ts';
import { type Kept, defaultKept } from './maintenance.ts';

/** Events are accepted for 30 days after they happened; whatever is kept for less could be counted twice. */
const atLeast = inboxDaysAtLeast;

/** For how long things are kept, from the environment. Throws StartRefusal. */
export const keptOf = (environment: Environment): Kept => ({
  eventsDays: days(environment, 'EVENTS_KEPT_DAYS', defaultKept.eventsDays, { atLeast, orZero: true }),
  inboxDays: inboxDaysOf(environment),
});
