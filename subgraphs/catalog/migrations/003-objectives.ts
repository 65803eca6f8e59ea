import type { MigrationStep } from '../../../shared/database/database.ts';

/**
 * Quests of several objectives, with steps, prerequisites and amounts beyond 32 bits; archived quests may come back. Of a quest with objectives
 * the columns of the simple form repeat the first of them, so that a process of before still reads it. What was there before is in the simple form.
 */
export const objectives: MigrationStep = {
  name: 'catalog-003-objectives',
  statements: [
    // Where an older process stores a quest, it says nothing of the types: they follow from what it does say.
    `create function types_of(trigger text, objectives jsonb) returns text[] language sql immutable as $$
       select case when objectives is null then array[trigger] else array(
         select distinct type from jsonb_array_elements(objectives) objective, jsonb_array_elements_text(objective->'events') type) end
     $$`,
    `alter table quest
       add column objectives jsonb,
       add column completes text not null default 'ALL',
       add column every text,
       add column step_targets jsonb not null default '[]',
       add column cooldown text,
       add column requires text[] not null default '{}',
       add column types text[] generated always as (types_of(trigger, objectives)) stored,
       add column on_archive text,
       drop constraint quest_streak_range,
       drop constraint quest_calendar,
       add constraint quest_streak_range check (streak >= 1 and (objectives is not null or streak <= 1000000)),
       add constraint quest_calendar check (period <> 'EVENT' or (grace_hours = 0 and freezes = 0
         and (time_zone is null or every is not null or objectives is not null))),
       add constraint quest_objectives_count check (jsonb_array_length(objectives) between 1 and 10),
       add constraint quest_completes_name check (completes in ('ALL', 'ANY')),
       add constraint quest_every_name check (every in ('DAY', 'WEEK', 'MONTH')),
       add constraint quest_steps_count check (jsonb_array_length(step_targets) <= 50),
       add constraint quest_requires_count check (cardinality(requires) <= 10),
       add constraint quest_requires_others check (not name = any(requires)),
       add constraint quest_on_archive_name check (on_archive in ('FINISH', 'STOP')),
       add constraint quest_on_archive_archived check (on_archive is null or archived_at is not null)`,
    // Those that are archived never change, which is what stands in the way here.
    'alter table quest disable trigger quest_keeps_its_identity',
    `update quest set on_archive = 'STOP' where archived_at is not null`,
    'alter table quest enable trigger quest_keeps_its_identity',
    'create index quest_types on quest using gin (types)',
    'create index quest_requires on quest using gin (requires)',

    `alter table reward
       add column step integer,
       alter column quantity type bigint,
       drop constraint reward_quantity_range,
       add constraint reward_quantity_range check (quantity between 1 and 9007199254740991),
       add constraint reward_step_range check (step between 0 and 49)`,
    'drop index reward_item_once',
    'create unique index reward_item_once on reward (quest_id, coalesce(step, -1), item) where until_version is null',

    `create or replace function keep_quest() returns trigger language plpgsql as $$
     begin
       if (new.id, new.name, new.starts_at, new.created_at) is distinct from (old.id, old.name, old.starts_at, old.created_at) then
         raise exception 'name and starts_at of a quest never change' using errcode = 'check_violation';
       elsif old.archived_at is not null and (new.archived_at is not null
         or to_jsonb(new) - '{archived_at,on_archive,version,types}'::text[] <> to_jsonb(old) - '{archived_at,on_archive,version,types}'::text[]) then
         raise exception 'an archived quest never changes before it is restored' using errcode = 'check_violation';
       end if;
       return new;
     end $$`,

    `create or replace function keep_reward() returns trigger language plpgsql as $$
     begin
       if (new.id, new.quest_id, new.item, new.quantity, new.name, new.since_version, new.step)
          is distinct from (old.id, old.quest_id, old.item, old.quantity, old.name, old.since_version, old.step) then
         raise exception 'what a reward pays never changes' using errcode = 'check_violation';
       end if;
       return new;
     end $$`,
  ],
};
