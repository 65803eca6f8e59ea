import type { MigrationStep } from '../../../shared/database/database.ts';

/** Streaks of calendar days, weeks and months; what was there before counts events. */
export const calendar: MigrationStep = {
  name: 'catalog-002-calendar',
  statements: [
    `alter table quest
       add column period text not null default 'EVENT',
       add column time_zone text,
       add column grace_hours integer not null default 0,
       add column freezes integer not null default 0,
       add constraint quest_period_name check (period in ('EVENT', 'DAY', 'WEEK', 'MONTH')),
       add constraint quest_time_zone_form check (time_zone ~ '^[A-Za-z][A-Za-z0-9_+/-]{0,63}$'),
       add constraint quest_grace_hours_range check (grace_hours between 0 and 23),
       add constraint quest_freezes_range check (freezes between 0 and 1000),
       add constraint quest_calendar check (period <> 'EVENT' or (time_zone is null and grace_hours = 0 and freezes = 0))`,
  ],
};
