import type { MigrationStep } from '../../../shared/database/database.ts';

/** The rules of definition.ts once more, so that no path around them, be it SQL by hand, stores what they refuse. */
export const initial: MigrationStep = {
  name: 'catalog-001-initial',
  statements: [
    `create table quest (
      id uuid primary key,
      name text not null constraint quest_name unique,
      title text not null,
      description text not null,
      trigger text not null,
      streak integer not null,
      duplication integer not null,
      auto_claim boolean not null,
      category text,
      tags text[] not null,
      starts_at timestamptz(3) not null,
      ends_at timestamptz(3),
      hidden boolean not null,
      archived_at timestamptz(3),
      version integer not null,
      created_at timestamptz(3) not null,
      constraint quest_name_form check (name ~ '^[a-z0-9]([a-z0-9-]{1,62}[a-z0-9])$'),
      constraint quest_title_length check (char_length(title) between 1 and 120),
      constraint quest_description_length check (char_length(description) <= 2000),
      constraint quest_trigger_form check (trigger ~ '^[A-Z][A-Za-z0-9]{0,63}$'),
      constraint quest_streak_range check (streak between 1 and 1000000),
      constraint quest_duplication_range check (duplication between 1 and 1000000),
      constraint quest_category_length check (char_length(category) between 1 and 32),
      constraint quest_tags_count check (cardinality(tags) <= 20),
      constraint quest_window_order check (ends_at > starts_at),
      constraint quest_version_range check (version >= 1))`,
    'create index quest_newest on quest (created_at desc, id desc)',
    'create index quest_tags on quest using gin (tags)',

    `create table reward (
      id uuid primary key,
      quest_id uuid not null references quest,
      position integer not null,
      name text not null,
      item text not null,
      quantity integer not null,
      since_version integer not null,
      until_version integer,
      constraint reward_name_length check (char_length(name) between 1 and 120),
      constraint reward_item_form check (item ~ '^[A-Z][A-Z0-9_]{0,63}$'),
      constraint reward_quantity_range check (quantity between 1 and 1000000),
      constraint reward_position_range check (position between 0 and 19),
      constraint reward_version_order check (since_version >= 1 and until_version > since_version))`,
    'create index reward_of_quest on reward (quest_id)',
    'create unique index reward_item_once on reward (quest_id, item) where until_version is null',

    `create table quest_version (
      quest_id uuid not null references quest,
      version integer not null check (version >= 1),
      terms jsonb not null,
      changed_by text not null,
      changed_at timestamptz(3) not null,
      primary key (quest_id, version))`,

    `create function refuse_change() returns trigger language plpgsql as $$
     begin
       raise exception '% is append-only', tg_table_name using errcode = 'check_violation';
     end $$`,
    `create trigger quest_version_is_kept before update or delete or truncate on quest_version
     for each statement execute function refuse_change()`,

    `create function keep_quest() returns trigger language plpgsql as $$
     begin
       if (new.id, new.name, new.trigger, new.starts_at, new.created_at)
          is distinct from (old.id, old.name, old.trigger, old.starts_at, old.created_at) then
         raise exception 'name, trigger and starts_at of a quest never change' using errcode = 'check_violation';
       elsif old.archived_at is not null then
         raise exception 'an archived quest never changes' using errcode = 'check_violation';
       end if;
       return new;
     end $$`,
    'create trigger quest_keeps_its_identity before update on quest for each row execute function keep_quest()',

    `create function keep_reward() returns trigger language plpgsql as $$
     begin
       if (new.id, new.quest_id, new.item, new.quantity, new.name, new.since_version)
          is distinct from (old.id, old.quest_id, old.item, old.quantity, old.name, old.since_version) then
         raise exception 'what a reward pays never changes' using errcode = 'check_violation';
       end if;
       return new;
     end $$`,
    'create trigger reward_keeps_its_terms before update on reward for each row execute function keep_reward()',
  ],
};
