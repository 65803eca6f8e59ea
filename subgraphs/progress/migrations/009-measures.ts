import type { MigrationStep } from '../../../shared/database/database.ts';

const typesOf = (trigger: string) =>
  `case ${trigger} when 'UserSignIn' then '["NewUserSignIn","UserSignIn"]' else '["' || ${trigger} || '"]' end`;
const milliseconds = (instant: string) => `(extract(epoch from ${instant}) * 1000)::bigint`;

/**
 * Tallies become values of measures, progress becomes enrolments. What players see stays: of who could go on, what was counted toward the next
 * completion; who was done begins anew only with what comes. The identity of a measure is spelt as `identityOf` does.
 */
export const measures: MigrationStep = {
  name: 'progress-009-measures',
  statements: [
    // How often the definitions have changed. Values and versions refer to it; batches read it under a lock that publishing takes alone.
    'create table definition_state (id boolean primary key default true check (id), sequence int not null)',
    'insert into definition_state (sequence) values (0)',
    `alter table quest_version add column known_since int not null default 0, add column measures uuid[] not null default '{}'`,
    // What is measured, and after which event the measuring began; for whoever wants to measure it again.
    'create table measure (measure uuid primary key, specification jsonb not null, since bigint not null)',

    `create table measure_value (
      user_id uuid not null,
      measure uuid not null,
      bucket int not null,
      value bigint not null check (value >= 0),
      first_at timestamptz not null,
      last_at timestamptz not null,
      starts jsonb,
      born int not null,
      next bigint,
      next_at int not null,
      primary key (user_id, measure, bucket)) with (fillfactor = 70)`,
    `create table distinct_value (
      user_id uuid not null,
      measure uuid not null,
      bucket int not null,
      digest uuid not null,
      primary key (user_id, measure, bucket, digest))`,
    `create table enrolment (
      user_id uuid not null references player,
      quest_id uuid not null references quest,
      bucket int not null,
      version int not null,
      base jsonb not null,
      attempts_at_base int not null check (attempts_at_base >= 0),
      completions_at_base int not null check (completions_at_base >= 0),
      completions int not null check (completions >= completions_at_base),
      cools_until timestamptz,
      primary key (user_id, quest_id, bucket))`,
    'alter table active_span rename to old_span',
    'alter table old_span rename constraint active_span_pkey to old_span_pkey',
    `create table active_span (
      user_id uuid not null,
      measure uuid not null,
      bucket int not null,
      span int not null,
      early smallint not null check (early between 0 and 2),
      later int not null check (later >= 0),
      primary key (user_id, measure, bucket, span),
      check (early + later > 0))`,

    `create temporary table carried on commit drop as
     with version as (
       select quest_id, v.version, terms->>'trigger' as trigger, (terms->>'streak')::bigint as streak, (terms->>'duplication')::int as duplication,
         (terms->>'startsAt')::timestamptz as starts_at, (terms->>'endsAt')::timestamptz as ends_at, terms->>'archivedAt' is not null as archived,
         coalesce(terms->>'period', 'EVENT') as period, coalesce(terms->>'graceHours', '0') as grace, terms->>'timeZone' as time_zone,
         v.version = quest.version as is_latest
       from quest join quest_version v using (quest_id))
     select quest_id, version, is_latest, streak, duplication, starts_at, ends_at, archived, period, grace, time_zone,
       (select array_agg(t) from jsonb_array_elements_text((${typesOf('trigger')})::jsonb) t) as types,
       trigger || case when period = 'EVENT' then '' else ' by ' || period || '+' || grace || 'h in ' || coalesce(time_zone, 'own zone') end
         || case when ends_at is null then '' else ' of ' || quest_id end as tally,
       left(encode(sha256(convert_to(
         '["' || case period when 'EVENT' then 'COUNT' else 'PERIODS' end || '",' || ${typesOf('trigger')} || ',[],null,'
         || case when ends_at is null then 'null' else '[' || ${milliseconds('starts_at')} || ',' || ${milliseconds('ends_at')} || ']' end || ','
         || case period when 'EVENT' then 'null' else '["' || period || '",1,' || grace || ']' end || ',null,'
         || case when period = 'EVENT' or time_zone is null then 'null' else '"' || time_zone || '"' end || ']', 'UTF8')), 'hex'), 32)::uuid as measure
     from version`,
    'alter table quest_version disable trigger append_only',
    `update quest_version v set measures = array[c.measure] from carried c where c.quest_id = v.quest_id and c.version = v.version`,
    'alter table quest_version enable trigger append_only',
    'delete from carried where not is_latest',
    `insert into measure (measure, specification, since)
     select distinct on (measure) measure, jsonb_build_object(
       'aggregation', case period when 'EVENT' then 'COUNT' else 'PERIODS' end, 'events', to_jsonb(types), 'where', '[]'::jsonb, 'of', null,
       'window', case when ends_at is not null then jsonb_build_object('from', ${milliseconds('starts_at')}, 'until', ${milliseconds('ends_at')}) end,
       'period', nullif(period, 'EVENT'), 'perPeriod', 1, 'graceHours', grace::int, 'every', null,
       'timeZone', case when period <> 'EVENT' then time_zone end), 0
     from carried order by measure`,
    `create temporary table happened on commit drop as
     select user_id, type, min(occurred_at) as first_at, max(occurred_at) as last_at from event group by 1, 2`,

    `insert into measure_value (user_id, measure, bucket, value, first_at, last_at, starts, born, next, next_at)
     select user_id, measure, 0, value, first_at, last_at, (
         select jsonb_object_agg(${milliseconds('starts_at')}, (select count(*) from event e
           where e.user_id = counted.user_id and type = any(counted.types) and occurred_at < starts_at))
         from (select distinct starts_at from carried c where c.measure = counted.measure and ends_at is null) s
         where starts_at > first_at and starts_at <= last_at),
       0, 0, -1
     from (
       select t.user_id, c.measure, c.types, max(t.total) as value, min(t.first_at) as first_at, max(coalesce(h.last_at, t.first_at)) as last_at
       from tally t join carried c using (tally) left join happened h on h.user_id = t.user_id and h.type = any(c.types)
       where c.period = 'EVENT' group by 1, 2, 3) counted`,

    `insert into active_span (user_id, measure, bucket, span, early, later)
     select user_id, measure, 0, span, max(early), max(later::int) from old_span join carried using (tally) group by 1, 2, 4`,
    `insert into measure_value (user_id, measure, bucket, value, first_at, last_at, born, next, next_at)
     select s.user_id, measure, 0, count(distinct span), min(h.first_at), max(h.last_at), 0, 0, -1
     from active_span s join (select distinct measure, types from carried) c using (measure)
     join happened h on h.user_id = s.user_id and h.type = any(c.types) group by 1, 2`,

    `insert into enrolment (user_id, quest_id, bucket, version, base, attempts_at_base, completions_at_base, completions)
     select user_id, quest_id, 0, version, jsonb_build_array(nullif(case when archived then 0 else counted end - toward, 0)), completions, completions, completions
     from (
       select p.user_id, c.quest_id, c.version, c.archived, p.completions, coalesce(v.value, 0) - p.uncounted as counted,
         case when p.completions >= c.duplication then 0 else greatest(0, coalesce(v.value, 0) - p.uncounted - p.completions * c.streak) end as toward
       from quest_progress p join carried c using (quest_id) left join measure_value v on v.user_id = p.user_id and v.measure = c.measure
       where c.period = 'EVENT' and p.completions > 0) progress`,
    // Streaks of who can go on are read from the periods as before.
    `insert into enrolment (user_id, quest_id, bucket, version, base, attempts_at_base, completions_at_base, completions)
     select p.user_id, c.quest_id, 0, c.version, jsonb_build_array(case when is_done then s.last + 1 end),
       case when is_done then p.completions else 0 end, case when is_done then p.completions else 0 end, p.completions
     from quest_progress p join carried c using (quest_id) cross join lateral (select p.completions >= c.duplication as is_done) d
     left join lateral (select max(span) as last from active_span a where a.user_id = p.user_id and a.measure = c.measure) s on true
     where c.period <> 'EVENT' and p.completions > 0`,

    'drop table tally, quest_progress, old_span',
  ],
};
