import { countingInvariants } from './countingInvariants.ts';

/** What always holds in progress's tables, as statements that return what contradicts. `reconcile` and the fault runner ask the same. */
export interface Invariant {
  /** Of the design, I1 to I9, and what it is about. */
  name: string;
  /** What holds. */
  sentence: string;
  /** Rows are contradictions; any row is one too many. */
  statement: string;
}

/** Every version of every quest with what it pays. */
const version = `version as (
  select quest_id, version, (terms->>'autoClaim')::boolean as auto_claim, terms->'rewards' as rewards, terms->'steps' as steps from quest_version)`;

/** From when on events, and entries of the inbox, have not been removed yet. */
const retained = `retained as (
  select coalesce(max(begins_at) filter (where subject = 'event'), '-infinity') as events_from,
    coalesce(max(begins_at) filter (where subject = 'inbox'), '-infinity') as inbox_from
  from retention)`;

export const invariants: readonly Invariant[] = [
  ...countingInvariants,
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
        cross join jsonb_array_elements(coalesce(version.steps->step->'rewards', version.rewards)) r
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
    name: 'I5 payments of lines',
    sentence: 'Every ledger line has its payment, of the same player.',
    statement: `select l.id, l.user_id, payment_id from ledger_entry l
      where not exists (select from payment where payment.user_id = l.user_id and payment.id = payment_id)`,
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
        select day, sum(event) as events, sum(sign_in) as sign_ins, sum(completion) as completions, sum(payment) as payments
        from (select (occurred_at at time zone 'UTC')::date as day, 1 as event, (type in ('UserSignIn', 'NewUserSignIn'))::int as sign_in,
            0 as completion, 0 as payment from event
          union all select (completed_at at time zone 'UTC')::date, 0, 0, 1, 0 from completion
          union all select (paid_at at time zone 'UTC')::date, 0, 0, 0, 1 from payment
          union all select day, events, sign_ins, 0, 0 from erased_activity) everything group by 1),
      counted as (select day, sum(events) as events, sum(sign_ins) as sign_ins, sum(completions) as completions, sum(payments) as payments
        from activity group by 1)
      select day::text, happened.events as events, counted.events as counted from happened full join counted using (day) cross join retained
      where (coalesce(happened.completions, 0), coalesce(happened.payments, 0)) is distinct from (counted.completions, counted.payments)
        or (day > events_from and (happened.events, happened.sign_ins) is distinct from (counted.events, counted.sign_ins))`,
  },
];
