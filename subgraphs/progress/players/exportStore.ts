import type { RecordKind } from '../../../shared/subgraph/records.ts';

const uuid = '[\\da-f]{8}(?:-[\\da-f]{4}){3}-[\\da-f]{12}';
const form = (text: string) => new RegExp(`^${text}$`);
const nil = '00000000-0000-0000-0000-000000000000';
/** A part of the key after which the page begins. One that is less than all stands for none: a condition that may be absent would not be looked up. */
const part = (n: number, type: string, least: string) => `coalesce(split_part($2, ':', ${n})::${type}, '${least}')`;
const pair = `(${part(1, 'uuid', nil)}, ${part(2, 'int', '-2147483648')})`;
const id = `coalesce($2::uuid, '${nil}')`;
const instant = `coalesce(timestamptz 'epoch' + split_part($2, '.', 1)::bigint * interval '1 microsecond', '-infinity')`;
const microseconds = (instant: string) => `(extract(epoch from ${instant}) * 1000000)::bigint`;

/**
 * Everything that progress keeps of a player. What is only derived from the events to count faster (which days, which texts were seen) is left out.
 * Every statement walks a key of its table in its order, which is why it is read `inIndexOrder`, and looks up what belongs to the records of its
 * page alone. So a page costs the same however much there is.
 */
export const exportedKinds: readonly RecordKind[] = [
  {
    kind: 'PLAYER',
    key: form('1'),
    statement: `select '1' as key, jsonb_build_object('timeZone', time_zone) as record from player
      where user_id = $1 and erased_at is null and $2::text is null limit $3`,
  },
  {
    kind: 'MOVE',
    key: form('-?\\d{1,18}\\.[\\w/+-]{1,64}'),
    statement: `select ${microseconds('moved_at')} || '.' || time_zone as key, jsonb_build_object('movedAt', moved_at, 'timeZone', time_zone) as record
      from zone_move where user_id = $1 and (moved_at, time_zone) > (${instant}, coalesce(split_part($2, '.', 2), ''))
      order by moved_at, time_zone limit $3`,
  },
  {
    kind: 'PAUSE',
    key: form(uuid),
    statement: `select id as key, jsonb_build_object('id', id, 'questId', quest_id, 'startsAt', starts_at, 'endsAt', nullif(ends_at, 'infinity'),
        'reason', reason, 'createdAt', created_at) as record
      from pause where user_id = $1 and id > ${id} order by id limit $3`,
  },
  {
    kind: 'BALANCE',
    key: form('[A-Z][A-Z0-9_]{0,63}'),
    statement: `select item as key, jsonb_build_object('item', item, 'quantity', quantity) as record from balance
      where user_id = $1 and item > coalesce($2, '') order by item limit $3`,
  },
  {
    kind: 'PROGRESS',
    key: form(`${uuid}:-?\\d{1,10}`),
    statement: `select quest_id || ':' || bucket as key, jsonb_build_object('questId', quest_id, 'period', bucket, 'version', version,
        'completions', completions) as record
      from enrolment where user_id = $1 and (quest_id, bucket) > ${pair}
      order by quest_id, bucket limit $3`,
  },
  {
    kind: 'VALUE',
    key: form(`${uuid}:-?\\d{1,10}`),
    statement: `select measure || ':' || bucket as key, jsonb_build_object('measure', measure, 'period', bucket, 'value', value,
        'firstAt', first_at, 'lastAt', last_at) as record
      from measure_value where user_id = $1 and (measure, bucket) > ${pair}
      order by measure, bucket limit $3`,
  },
  {
    kind: 'COMPLETION',
    key: form(uuid),
    statement: `select c.id as key, jsonb_build_object('id', c.id, 'questId', quest_id, 'questVersion', quest_version, 'number', number,
        'step', step, 'completedAt', completed_at, 'seenAt', seen_at, 'paidAt', paid_at) as record
      from (select * from completion where user_id = $1 and id > ${id} order by id limit $3) c
      left join lateral (select seen_at from popup where user_id = $1 and completion_id = c.id limit 1) popup on true
      left join lateral (select paid_at from payment where user_id = $1 and completion_id = c.id limit 1) payment on true
      order by c.id`,
  },
  {
    kind: 'GRANT',
    key: form(uuid),
    statement: `select id as key, jsonb_build_object('id', id, 'rewards', rewards, 'reason', reason, 'grantedAt', granted_at) as record
      from reward_grant where user_id = $1 and id > ${id} order by id limit $3`,
  },
  {
    kind: 'LEDGER_ENTRY',
    key: form('\\d{1,18}'),
    statement: `select l.id::text as key, jsonb_build_object('id', l.id::text, 'item', item, 'amount', amount, 'balance', balance,
        'createdAt', created_at, 'completionId', completion_id, 'grantId', grant_id) as record
      from (select * from ledger_entry where user_id = $1 and account = 'PLAYER' and id > coalesce($2::bigint, -1) order by id limit $3) l
      left join lateral (select completion_id, grant_id from payment where user_id = $1 and id = l.payment_id limit 1) payment on true
      order by l.id`,
  },
  {
    kind: 'EVENT',
    key: form('-?\\d{1,18}\\.\\d{1,18}'),
    statement: `select ${microseconds('occurred_at')} || '.' || position as key, jsonb_build_object('id', id, 'source', source, 'type', type,
        'occurredAt', occurred_at, 'recordedAt', recorded_at, 'data', data) as record
      from event where user_id = $1 and occurred_at >= ${instant}
        and (occurred_at, position) > (${instant}, coalesce(split_part($2, '.', 2)::bigint, -1))
      order by occurred_at, position limit $3`,
  },
];
