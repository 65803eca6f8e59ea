import type { Invariant } from './invariants.ts';

/**
 * Values, counted again from the events by PostgreSQL, which knows nothing of our rules: its own comparisons, its own calendar. A measure is as
 * old as the first quest that reads it, and one that only archived quests read may have stood still for a while. By a player's own calendar nothing
 * is missing, and of one of whose move we heard too late what was counted by the calendar of before may be there beside.
 */

const path = (of: string) => `data #> string_to_array(${of}, '.')`;
/** Does the event of `e` meet the condition `c`? */
const isMet = `case c->>'op'
    when 'EXISTS' then (found is not null) = (c->'value' <> 'false')
    when 'EQ' then found = c->'value'
    when 'NE' then jsonb_typeof(found) = jsonb_typeof(c->'value') and found <> c->'value' and jsonb_typeof(found) not in ('object', 'array')
    when 'IN' then exists (select from jsonb_array_elements(c->'value') v where v = found)
    else jsonb_typeof(found) = jsonb_typeof(c->'value') and case jsonb_typeof(found)
      when 'number' then case c->>'op' when 'GT' then found > c->'value' when 'GTE' then found >= c->'value'
        when 'LT' then found < c->'value' else found <= c->'value' end
      when 'string' then case c->>'op' when 'GT' then found #>> '{}' collate "C" > c->>'value' when 'GTE' then found #>> '{}' collate "C" >= c->>'value'
        when 'LT' then found #>> '{}' collate "C" < c->>'value' else found #>> '{}' collate "C" <= c->>'value' end
      else false end
    end`;
const milliseconds = `extract(epoch from e.occurred_at) * 1000`;
const spanOf = (period: string) => `case ${period} when 'DAY' then day when 'WEEK' then floor((day + 3) / 7.0)::int
  else (extract(year from date '1970-01-01' + day) * 12 + extract(month from date '1970-01-01' + day))::int - 1970 * 12 - 1 end`;

/** Each event with each measure that counts it, the period in which it lies, and what it adds; not of players whose first events are gone. */
export const contributions = `retained as (select coalesce(max(begins_at), '-infinity') as events_from from retention where subject = 'event'),
  forgotten as (select user_id from measure_value cross join retained where first_at < events_from),
  recounted as (select user_id, measure from player cross join measure where is_recounted and specification->>'timeZone' is null
    and coalesce(specification->>'every', specification->>'period') is not null),
  measured as materialized (
    select measure, since, specification as s,
      not exists (select from quest_version v where v.measures @> array[measure.measure]
        and known_since = (select min(known_since) from quest_version w where w.measures @> array[measure.measure])
        and not exists (select from quest_version w where w.quest_id = v.quest_id and w.terms->>'archivedAt' is not null)) as has_gaps,
      -- A backfill goes through the players in the order of their ids; of those whom it has reached everything counts, whatever became of it.
      (select after_user from backfill join quest_version v using (quest_id, version) where v.measures @> array[measure.measure] and mode <> 'PREVIEW'
        and not is_counting and after_user is not null order by after_user desc limit 1) as backfilled_to
    from measure),
  counting as materialized (select m.*, type from measured m cross join jsonb_array_elements_text(s->'events') type),
  contribution as materialized (
    select m.measure, m.s, m.has_gaps, e.user_id, e.occurred_at, e.position, e.position > m.since or coalesce(e.user_id <= m.backfilled_to, false) as is_counted, shown,
      case when s->>'aggregation' in ('SUM', 'MAX') then case when jsonb_typeof(shown) = 'number' then (shown #>> '{}')::numeric end else 1 end as amount,
      case when s->>'every' is null then 0 else ${spanOf(`s->>'every'`)} end as bucket,
      case when s->>'period' is null then null else ${spanOf(`s->>'period'`)} end as span
    from counting m join event e using (type)
    join player using (user_id)
    left join lateral (select * from player_zone z where s->>'timeZone' is null and z.user_id = e.user_id and begins_at <= e.occurred_at
      order by begins_at desc limit 1) lived on true
    cross join lateral (select greatest(lived.first_day, date(e.occurred_at at time zone
      coalesce(s->>'timeZone', lived.time_zone, player.time_zone)) - date '1970-01-01')) as d(day)
    cross join lateral (select e.${path(`s->>'of'`)}) as o(shown)
    where (s->'window' = 'null' or (${milliseconds} >= (s#>>'{window,from}')::numeric
        and (s#>>'{window,until}' is null or ${milliseconds} < (s#>>'{window,until}')::numeric)))
      and not exists (select from jsonb_array_elements(s->'where') c cross join lateral (select e.${path(`c->>'path'`)}) as f(found)
        where (${isMet}) is not true)),
  added as materialized (select * from contribution where case s->>'aggregation'
    when 'DISTINCT' then jsonb_typeof(shown) in ('string', 'number', 'boolean')
    else amount > 0 and amount <= 9007199254740991 and amount = trunc(amount) end)`;

export const countingInvariants: readonly Invariant[] = [
  {
    name: 'I1 values',
    sentence: 'Every value is what the events come to that its measure counts.',
    statement: `with ${contributions},
      again as (select measure, user_id, bucket, s->>'aggregation' as aggregation, has_gaps, case s->>'aggregation'
          when 'MAX' then max(amount) filter (where is_counted) when 'DISTINCT' then count(distinct shown) filter (where is_counted)
          when 'PERIODS' then null else least(coalesce(sum(amount) filter (where is_counted), 0), 9007199254740991) end as value,
        min(occurred_at) filter (where is_counted) as first_at
        from added group by measure, user_id, bucket, s->>'aggregation', has_gaps)
      select measure, user_id, bucket, aggregation, again.value as again, kept.value as kept
      from again full join measure_value kept using (measure, user_id, bucket)
        cross join lateral (select (user_id, measure) in (select user_id, measure from recounted) as is_recounted) as r
      where user_id not in (select user_id from forgotten) and case
        when aggregation is null then not is_recounted
        when aggregation = 'PERIODS' then false
        when has_gaps then coalesce(kept.value, 0) > coalesce(again.value, 0) and not is_recounted
        when is_recounted then coalesce(kept.value, 0) < coalesce(again.value, 0)
        when aggregation = 'DISTINCT' then coalesce(kept.value, 0) > coalesce(again.value, 0) or (kept.value is null and again.value > 0)
        else coalesce(kept.value, 0) <> coalesce(again.value, 0) or kept.first_at > again.first_at end`,
  },
  {
    name: 'I1 starts',
    sentence:
      'What is not counted of a value by quests that start later is what happened before their start, or before they were known.',
    statement: `with ${contributions},
      kept as (select measure, user_id, (start.key)::numeric as start, (start.value #>> '{}')::numeric as earlier, v.value
        from measure_value v cross join jsonb_each(starts) start where starts is not null),
      again as (select measure, user_id, start, earlier, kept.value,
          coalesce(sum(amount) filter (where extract(epoch from occurred_at) * 1000 < start), 0) as happened_before
        from kept left join added using (measure, user_id) where is_counted is not false and has_gaps is not true group by 1, 2, 3, 4, 5)
      select * from again where earlier < happened_before or earlier > value`,
  },
  {
    name: 'I1 distinct',
    sentence: 'A value of DISTINCT is as many as were told apart.',
    statement: `with seen as (select user_id, measure, bucket, count(*) as n from distinct_value group by 1, 2, 3)
      select user_id, measure, bucket, seen.n, value from seen full join (select v.* from measure_value v join measure using (measure)
        where specification->>'aggregation' = 'DISTINCT') kept using (user_id, measure, bucket) where seen.n is distinct from value`,
  },
  {
    name: 'I1 periods',
    sentence:
      'The periods of a value are those with an event, by the calendar of the quest or the player, and it is as many as are filled.',
    statement: `with ${contributions},
      happened as (select measure, user_id, bucket, span, count(*) as events, bool_or(has_gaps) as has_gaps from added
        where span is not null and is_counted group by 1, 2, 3, 4),
      filled as (select user_id, measure, bucket, count(*) filter (where early + later >= (specification->>'perPeriod')::int) as n
        from active_span join measure using (measure) group by 1, 2, 3)
      select measure, user_id, bucket, span, events, early, later from happened full join active_span kept
          using (measure, user_id, bucket, span)
        cross join lateral (select (user_id, measure) in (select user_id, measure from recounted) as is_recounted) as r
        where user_id not in (select user_id from forgotten)
          and ((kept.span is null and not has_gaps) or (not is_recounted and (happened.span is null or early + later > events)))
      union all
      select measure, user_id, bucket, null, value, n, null from filled full join (select v.* from measure_value v join measure using (measure)
        where specification->>'aggregation' = 'PERIODS') kept using (measure, user_id, bucket) where n is distinct from value`,
  },
  {
    // A version that was published since is looked at with the player's next event.
    name: 'I1 completions',
    sentence: 'Completions are what the values since the base are worth by the version of the enrolment.',
    statement: `with version as (select quest_id, version, known_since, terms, measures, (terms->>'duplication')::int as duplication,
          (terms->>'startsAt')::timestamptz as starts_at, coalesce(jsonb_array_length(terms->'steps'), 0) as steps
        from quest_version where jsonb_array_length(terms->'objectives') = cardinality(measures)),
      latest as (select quest_id, quest.version as latest, known_since as latest_since from quest join quest_version using (quest_id, version)),
      placed as (select user_id, quest_id, bucket, version, base, attempts_at_base, completions_at_base, completions from enrolment
        union all
        select distinct v.user_id, quest_id, bucket, version, '[null]'::jsonb, 0, 0, 0
        from measure_value v join version on measures @> array[measure] join latest using (quest_id)
        where version = latest and known_since <= born and (bucket = 0) = (terms->>'every' is null)
          and not exists (select from enrolment e where e.user_id = v.user_id and e.quest_id = version.quest_id and e.bucket = v.bucket)),
      worth as (
        select p.*, duplication, steps, version.terms, min(case when next_at >= latest_since then 1 else 0 end) as is_settled,
          case when terms->>'completes' = 'ANY' then sum(floor(x / target)) else min(case when o.value->>'measure' = 'MAX' then (x >= target)::int
            else floor(x / target) end) end as attempts, min(x) as x, min(target) as target
        from placed p join version using (quest_id, version) join latest using (quest_id)
        cross join lateral jsonb_array_elements(terms->'objectives') with ordinality o(value, n)
        left join measure_value v on v.user_id = p.user_id and v.measure = measures[n] and v.bucket = p.bucket
        cross join lateral (select (o.value->>'target')::numeric as target, coalesce((p.base->>(n::int - 1))::numeric, 0) as from_base,
          coalesce(v.value, 0) - case when terms->>'endsAt' is null and terms->>'every' is null and o.value->>'measure' in ('COUNT', 'SUM')
            then coalesce((v.starts->>((extract(epoch from starts_at) * 1000)::bigint)::text)::numeric,
              case when starts_at <= v.first_at then 0 else coalesce(v.value, 0) end) else 0 end as reading) r
        cross join lateral (select case when o.value->>'measure' = 'MAX' then case when reading > from_base then reading else 0 end
          else greatest(0, reading - from_base) end as x) g
        where terms->>'archivedAt' is null and not exists (select from jsonb_array_elements(terms->'objectives') any_objective
            where any_objective->>'measure' = 'PERIODS')
          and not exists (select from jsonb_array_elements_text(terms->'requires') r where not exists
            (select from completion c where c.user_id = p.user_id and c.quest_id = r::uuid))
        group by p.user_id, p.quest_id, p.bucket, p.version, p.base, p.attempts_at_base, p.completions_at_base, p.completions, duplication, steps, version.terms),
      due as (select *, completions_at_base + least(attempts, duplication - attempts_at_base) * greatest(1, steps)
          + case when attempts >= duplication - attempts_at_base then 0 else (select count(*) from jsonb_array_elements(terms->'steps') step
            where (step->>'target')::numeric <= x - attempts * target) end as due from worth)
      select user_id, quest_id, bucket, version, completions, due from due
      where completions > due or (completions < due and is_settled = 1 and terms->'requires' = '[]' and attempts_at_base <= duplication)`,
  },
  {
    name: 'I1 streaks',
    sentence: 'No player has completed a quest by calendar more often than the periods that were filled are worth.',
    statement: `with steady as (select quest_id, min(measures::text)::uuid[] as measures, max((terms->>'duplication')::int) as duplication,
          min((terms->>'streak')::int) as streak, max(greatest(1, coalesce(jsonb_array_length(terms->'steps'), 0))) as steps
        from quest_version where coalesce(terms->>'period', 'EVENT') <> 'EVENT' and terms->>'every' is null and cardinality(measures) = 1
        group by 1 having count(distinct measures) = 1 and count(*) = (select count(*) from quest_version v where v.quest_id = quest_version.quest_id)),
      filled as (select user_id, measure, sum(early + later) as n from active_span group by 1, 2)
      select user_id, quest_id, completions, n from enrolment join steady using (quest_id)
      left join filled using (user_id) where filled.measure = measures[1]
        and completions > least(duplication, div(n, streak)) * steps + case when steps > 1 then steps else 0 end`,
  },
  {
    name: 'I2 numbers',
    sentence: 'The completions of a player and a quest are numbered 1 to k, and k is what the enrolments say.',
    statement: `with numbered as (select user_id, quest_id, count(*) as n, min(number) as first, max(number) as last from completion group by 1, 2),
      kept as (select user_id, quest_id, sum(completions) as completions from enrolment group by 1, 2 having sum(completions) > 0)
      select user_id, quest_id, n, first, last, completions from numbered full join kept using (user_id, quest_id)
      where n is distinct from completions or n is distinct from last or first is distinct from 1`,
  },
];
