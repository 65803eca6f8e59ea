import type { RecordKind } from '../../../shared/subgraph/records.ts';

const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;
const nil = '00000000-0000-0000-0000-000000000000';
const text = /^.{1,400}$/s;

/** Everything that auth keeps of a user. Of passwords, devices and tokens only hashes are kept, which stay here. */
export const exportedKinds: readonly RecordKind[] = [
  {
    kind: 'ACCOUNT',
    key: uuid,
    statement: `select id as key, jsonb_build_object('id', id, 'name', name, 'displayName', display_name, 'status', status, 'roles', roles,
        'timeZone', time_zone, 'createdAt', created_at, 'lastActiveOn', date '1970-01-01' + active_day,
        'hasPassword', password_hash is not null, 'hasDevice', device_hash is not null) as record
      from users where id = $1 and $2::text is null limit $3`,
  },
  {
    kind: 'PROVIDER_ACCOUNT',
    key: text,
    statement: `select provider || ' ' || subject as key, jsonb_build_object('provider', provider, 'subject', subject, 'linkedAt', linked_at) as record
      from provider_account where user_id = $1 and provider || ' ' || subject > coalesce($2, '') order by 1 limit $3`,
  },
  {
    kind: 'ADDRESS',
    key: text,
    statement: `select address_hash as key, jsonb_build_object('addressHash', address_hash, 'firstSeenAt', first_seen_at) as record
      from known_address where user_id = $1 and address_hash > coalesce($2, '') order by 1 limit $3`,
  },
  {
    kind: 'TIME_ZONE_CHANGE',
    key: /^\d{1,18}$/,
    statement: `select (extract(epoch from changed_at) * 1000000)::bigint::text as key, jsonb_build_object('changedAt', changed_at) as record
      from zone_change where user_id = $1 and changed_at > coalesce(timestamptz 'epoch' + $2::bigint * interval '1 microsecond', '-infinity')
      order by changed_at limit $3`,
  },
  {
    kind: 'SESSION',
    key: uuid,
    statement: `select id as key, jsonb_build_object('id', id, 'createdAt', created_at, 'endedAt', ended_at, 'endedBy', ended_by) as record
      from session where user_id = $1 and id > coalesce($2::uuid, '${nil}') order by id limit $3`,
  },
  {
    kind: 'SIGN_IN',
    key: uuid,
    statement: `select event_id as key, jsonb_build_object('eventId', event_id, 'occurredAt', occurred_at) as record
      from sign_in where user_id = $1 and event_id > coalesce($2::uuid, '${nil}') order by event_id limit $3`,
  },
  {
    // Which operator it was is not the user's to know.
    kind: 'AUDIT_ENTRY',
    key: /^\d{1,18}$/,
    statement: `select number::text as key, jsonb_build_object('occurredAt', occurred_at, 'action', action, 'byUser', actor_id = $1,
        'outcome', outcome, 'reason', case when lower(target_id) = $1::text then reason end, 'requestId', request_id) as record
      from audit where (actor_id = $1 or lower(target_id) = $1::text) and number > coalesce($2::bigint, -1)
      order by number limit $3`,
  },
];
