/** What always holds in progress's tables, as statements that return what contradicts. `reconcile` and the fault runner ask the same. */
export interface Invariant {
  /** Of the design, I1 to I9, and what it is about. */
  name: string;
  /** What holds. */
  sentence: string;
  /** Rows are contradictions; any row is one too many. */
  statement: string;
}

/** Every version of every quest with what it asks; `tally` as quest.ts names it. */
const version = `version as (
  select quest_id, version, terms->>'trigger' as trigger, (terms->>'streak')::bigint as streak,
    (terms->>'duplication')::bigint as duplication, (terms->>'autoClaim')::boolean as auto_claim,
    (terms->>'startsAt')::timestamptz as starts_at, (terms->>'endsAt')::timestamptz as ends_at,
    terms->>'archivedAt' is not null as archived, terms->'rewards' as rewards,
    period, terms->>'timeZone' as time_zone, (terms->>'trigger')
      || case when period = 'EVENT' then '' else ' by ' || period || '+' || coalesce(terms->>'graceHours', '0') || 'h in ' || coalesce(terms->>'timeZone', 'own zone') end
      || case when terms->>'endsAt' is null then '' else ' of ' || quest_id end as tally
  from quest_version cross join lateral (select coalesce(terms->>'period', 'EVENT')) as p(period))`;
const newest = (condition: string) =>
  `latest as (select v.* from version v join quest using (quest_id, version) where ${condition})`;
/** Of the quests that count events, and of those by calendar. */
const [latest, calendars] = [newest(`period = 'EVENT'`), newest(`period <> 'EVENT'`)];
/** A first sign-in is a sign-in too. */
const moves = `(e.type = q.trigger or (q.trigger = 'UserSignIn' and e.type = 'NewUserSignIn'))`;

/** From when on events, and entries of the inbox, have not been removed yet. */
const retained = `retained as (
  select coalesce(max(begins_at) filter (where subject = 'event'), '-infinity') as events_from,
    coalesce(max(begins_at) filter (where subject = 'inbox'), '-infinity') as inbox_from
  from retention)`;

export const invariants: readonly Invariant[] = [
  {
    name: 'I1 tallies',
    sentence: 'Every tally that an active quest reads is the number of events behind it.',
    statement: `with ${version}, ${latest},
      q as (select distinct tally, trigger, ends_at, case when ends_at is not null then starts_at end as starts_at from latest where not archived),
      counted as (select e.user_id, q.tally, count(*) as total, min(e.occurred_at) as first_at from q join event e on ${moves}
        and (q.ends_at is null or (e.occurred_at >= q.starts_at and e.occurred_at < q.ends_at)) group by 1, 2),
      kept as (select tally.* from tally where tally in (select tally from q))
      select user_id, tally, coalesce(counted.total, 0) as events, coalesce(kept.total, 0) as tallied
      from counted full join kept using (user_id, tally) where counted.total is distinct from kept.total or kept.first_at > counted.first_at`,
  },
  {
    name: 'I1 windows',
    // For those players of whom it is known; of others it is found out when it is needed.
    sentence: 'What a quest without an end does not count is the number of events before its start.',
    statement: `with ${version}, ${latest},
      q as (select * from latest where ends_at is null and not archived),
      early as (select e.user_id, q.quest_id, count(*) as n from q join event e on ${moves} and e.occurred_at < q.starts_at group by 1, 2),
      kept as (select user_id, quest_id, uncounted as n from quest_progress join q using (quest_id))
      select user_id, quest_id, coalesce(early.n, 0) as events, kept.n as uncounted
      from kept left join early using (user_id, quest_id) where coalesce(early.n, 0) <> kept.n`,
  },
  {
    // A version asks again at the player's next event only, and takes nothing back: between the least and the most that any version makes due.
    name: 'I1 completions',
    sentence: 'Completions are least(duplication, counted / streak).',
    statement: `with ${version}, ${latest},
      counted as (select user_id, q.quest_id, q.archived, coalesce(completions, 0) as completions, total - coalesce(uncounted,
          (select count(*) from event e where e.user_id = tally.user_id and ${moves} and q.ends_at is null and e.occurred_at < q.starts_at)) as n
        from tally join latest q using (tally) left join quest_progress using (user_id, quest_id)),
      due as (select user_id, quest_id, c.n, c.completions,
          case when c.archived or bool_or(period <> 'EVENT') then 0 else min(least(duplication, c.n / streak)) end as least,
          max(least(duplication, c.n / streak)) as most
        from counted c join version using (quest_id) group by user_id, quest_id, c.n, c.completions, c.archived)
      select user_id, quest_id, n as counted, completions, least, most from due where completions not between least and most
      union all
      select user_id, quest_id, 0, completions, 0, 0 from quest_progress join latest using (quest_id)
      where completions > 0 and not exists (select from tally where tally.user_id = quest_progress.user_id and tally.tally = latest.tally)`,
  },
  {
    name: 'I1 periods',
    // By PostgreSQL's own calendar, of those players of whom it is known; of others it is found out when it is needed.
    sentence:
      'The periods that a quest by calendar reads of a player are those with an event, by the calendar of the quest or the player.',
    statement: `with ${version}, ${calendars},
      q as (select distinct tally, trigger, period, time_zone, ends_at, case when ends_at is not null then starts_at end as starts_at
        from latest where not archived),
      kept as (select user_id, tally, span from active_span where tally in (select tally from q)),
      happened as (select distinct e.user_id, q.tally, case q.period when 'DAY' then day when 'WEEK' then floor((day + 3) / 7.0)::int
          else (extract(year from on_date) * 12 + extract(month from on_date))::int - 1970 * 12 - 1 end as span
        from (select distinct user_id, tally from kept) known join q using (tally) join player using (user_id)
        join event e on e.user_id = known.user_id and ${moves} and (q.ends_at is null or (e.occurred_at >= q.starts_at and e.occurred_at < q.ends_at))
        left join lateral (select * from player_zone z where q.time_zone is null and z.user_id = e.user_id and begins_at <= e.occurred_at
          order by begins_at desc limit 1) lived on true
        cross join lateral (select greatest(lived.first_day, date(e.occurred_at at time zone
          coalesce(q.time_zone, lived.time_zone, player.time_zone)) - date '1970-01-01')) as d(day)
        cross join lateral (select date '1970-01-01' + day) as o(on_date))
      select user_id, tally, span, happened.span is null as without_event from happened full join kept using (user_id, tally, span)
      where happened.span is null or kept.span is null`,
  },
  {
    name: 'I1 streaks',
    sentence: 'No player has completed a quest by calendar more often than the periods that were filled are worth.',
    statement: `with ${version},
      steady as (select quest_id from version group by 1 having count(distinct tally) = 1 and bool_and(period <> 'EVENT')),
      filled as (select user_id, tally, sum(early + later::int) as n from active_span group by 1, 2),
      worth as (select user_id, quest_id, max(least(duplication, div(n, streak))) as most from filled join version using (tally) group by 1, 2)
      select user_id, quest_id, completions, coalesce(most, 0) as most from quest_progress join steady using (quest_id)
      left join worth using (user_id, quest_id) where completions > coalesce(most, 0)`,
  },
  {
    name: 'I2 numbers',
    sentence: 'The completions of a player and a quest are numbered 1 to k, and k is what progress says.',
    statement: `with numbered as (select user_id, quest_id, count(*) as n, min(number) as first, max(number) as last from completion group by 1, 2)
      select user_id, quest_id, n, first, last, completions from numbered
      full join (select * from quest_progress where completions > 0) kept using (user_id, quest_id)
      where n is distinct from completions or n is distinct from last or first is distinct from 1`,
  },
  {
    name: 'I3 payments',
    sentence: 'A payment goes to the player who completed, and a quest that pays at once has paid.',
    statement: `with ${version}
      select completion.id as completion, completion.user_id as player, payment.user_id as paid_to, auto_claim
      from completion join version on version.quest_id = completion.quest_id and version.version = completion.quest_version
      left join payment on payment.completion_id = completion.id
      where payment.user_id <> completion.user_id or (auto_claim and payment.id is null)`,
  },
  {
    name: 'I3 grants',
    sentence: 'Every grant has one payment, to the player it is for.',
    statement: `select reward_grant.id as grant_id, reward_grant.user_id as player, payment.user_id as paid_to
      from reward_grant left join payment on payment.grant_id = reward_grant.id
      where payment.user_id is distinct from reward_grant.user_id`,
  },
  {
    name: 'I3 amounts',
    sentence:
      'Every payment pays what the completed version of the quest, or the operator, promises, and nothing else.',
    statement: `with ${version},
      promised as (select payment.id, payment.user_id, r->>'item' as item, (r->>'quantity')::bigint as amount
        from payment join completion on completion.id = payment.completion_id
        join version on version.quest_id = completion.quest_id and version.version = completion.quest_version
        cross join jsonb_array_elements(version.rewards) r
        union all
        select payment.id, reward_grant.user_id, r->>'item', (r->>'quantity')::bigint
        from payment join reward_grant on reward_grant.id = payment.grant_id cross join jsonb_array_elements(reward_grant.rewards) r),
      paid as (select payment_id as id, user_id, item, sum(amount)::bigint as amount from ledger_entry where account = 'PLAYER' group by 1, 2, 3)
      select id as payment, user_id, item, promised.amount as promised, paid.amount as paid from promised full join paid using (id, user_id, item)
      where promised.amount is distinct from paid.amount`,
  },
  {
    name: 'I4 balances',
    sentence: 'Every balance is the sum of its ledger lines.',
    statement: `with summed as (select user_id, item, sum(amount)::bigint as quantity from ledger_entry where account = 'PLAYER' group by 1, 2)
      select user_id, item, coalesce(summed.quantity, 0) as lines, balance.quantity as balance from summed full join balance using (user_id, item)
      where summed.quantity is distinct from balance.quantity`,
  },
  {
    name: 'I4 running balances',
    sentence: 'Every ledger line carries the balance after it.',
    statement: `select id, user_id, item, balance, running from (
        select *, sum(amount) over (partition by user_id, item order by id) as running from ledger_entry where account = 'PLAYER') lines
      where balance <> running`,
  },
  {
    name: 'I5 double entry',
    sentence: 'The lines of every payment sum to zero.',
    statement: `select payment_id, item, sum(amount) as sum from ledger_entry group by 1, 2 having sum(amount) <> 0`,
  },
  {
    name: 'I6 popups',
    sentence: 'Every completion has one popup, of its player; a player’s popups are numbered 1 to n without a gap.',
    statement: `select completion.id as completion, completion.user_id, popup.user_id as shown_to, seq::text from completion
        left join popup on popup.completion_id = completion.id where popup.user_id is distinct from completion.user_id
      union all
      select null, user_id, null, n || ' popups, the last ' || last || ', counter ' || popup_seq from player
        left join (select user_id, count(*) as n, max(seq) as last from popup group by 1) of using (user_id)
      where popup_seq <> coalesce(n, 0) or popup_seq <> coalesce(last, 0)`,
  },
  {
    name: 'I8 events',
    sentence:
      'Every event that came has its inbox entry, every event its player, every inbox entry of a user’s event its event.',
    statement: `with ${retained}
      select source, id, 'no inbox entry' as fault from event e cross join retained
        where source <> 'progress' and recorded_at >= inbox_from and not exists (select from inbox
          where inbox.user_id = e.user_id and inbox.source = e.source and inbox.event_id = e.id)
      union all
      select source, id, 'no player' from event e where not exists (select from player where player.user_id = e.user_id)
      union all
      select source, event_id, 'no event' from inbox cross join retained where source <> 'catalog' and received_on > events_from + interval '31 days'
        and not exists (select from event e where e.user_id = inbox.user_id and e.source = inbox.source and e.id = inbox.event_id)`,
  },
  {
    name: 'Quest counts',
    sentence: 'What is counted of a quest is how often it was completed, and by how many players.',
    statement: `with happened as (select quest_id, count(*) as completions, count(distinct user_id) as players from completion group by 1),
      counted as (select quest_id, sum(completions) as completions, sum(players) as players from quest_count group by 1)
      select quest_id, happened.completions as completions, counted.completions as counted from happened full join counted using (quest_id)
      where (happened.completions, happened.players) is distinct from (counted.completions, counted.players)`,
  },
  {
    name: 'Activity',
    sentence: 'What is counted of a day is what happened on it.',
    statement: `with ${retained}, happened as (
        select (at at time zone 'UTC')::date as day, sum(event) as events, sum(sign_in) as sign_ins, sum(completion) as completions,
          sum(payment) as payments
        from (select occurred_at as at, 1 as event, (type in ('UserSignIn', 'NewUserSignIn'))::int as sign_in, 0 as completion, 0 as payment from event
          union all select completed_at, 0, 0, 1, 0 from completion
          union all select paid_at, 0, 0, 0, 1 from payment) everything group by 1),
      counted as (select day, sum(events) as events, sum(sign_ins) as sign_ins, sum(completions) as completions, sum(payments) as payments
        from activity group by 1)
      select day::text, happened.events as events, counted.events as counted from happened full join counted using (day) cross join retained
      where (happened.completions, happened.payments) is distinct from (counted.completions, counted.payments)
        or (day > events_from and (happened.events, happened.sign_ins) is distinct from (counted.events, counted.sign_ins))`,
  },
];
