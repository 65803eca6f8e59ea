import { type Database, rows } from '../../shared/database/database.ts';
import { count } from './load.ts';

/** What auth acknowledged against what progress has: missing events, and effects that are more than the events are worth. */
export async function audit(authDb: Database, progressDb: Database): Promise<{ lost: number; duplicated: number }> {
  const expected = await rows<{ event_id: string; user_id: string }>(
    authDb.fork(),
    'select event_id, user_id from sign_in',
  );
  const stored = await rows<{ id: string }>(progressDb.fork(), `select id from event where source = 'auth'`);
  const there = new Set(stored.map((row) => row.id));
  const lost = expected.filter((row) => !there.has(row.event_id)).length;
  const signIns = `measure_value v join measure using (measure)
     where specification->>'aggregation' = 'COUNT' and specification->'events' ? 'UserSignIn' and specification->'where' = '[]'`;
  const [counted] = await rows<{ n: number }>(progressDb.fork(), `select sum(value)::int as n from ${signIns}`);
  const wrong = await count(
    progressDb,
    `(select user_id, value from ${signIns} limit 2000) v
     cross join quest q join quest_version w using (quest_id, version) left join enrolment e using (user_id, quest_id)
     where w.terms->>'period' = 'EVENT' and w.known_since = 1 and coalesce(e.completions, 0) <>
       least((w.terms->>'duplication')::bigint, v.value / (w.terms->>'streak')::bigint)`,
  );
  return { lost, duplicated: Math.max(0, counted!.n - expected.length) + (stored.length - there.size) + wrong };
}
