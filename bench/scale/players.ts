import { type Database, rows } from '../../shared/database/database.ts';
import { type QuestTerms } from '../../shared/questTerms.rules.ts';

const atOnce = 250_000;

/**
 * Players who have won a match and are away: a player, an event, a value, what that came to, and the inbox's entry. They are told of as rows, since
 * to play ten millions would take days.
 */
export async function storePlayers(
  progress: Database,
  { questId }: QuestTerms,
  count: number,
  say: (text: string) => void,
) {
  const jobs = progress.of('jobs');
  const began = performance.now();
  for (let from = 0; from < count; from += atOnce) {
    const to = Math.min(count, from + atOnce);
    await jobs.transaction(async (transaction) => {
      const ids = `(select md5('player ' || n)::uuid as user_id from generate_series($1::int, $2::int) n) ids`;
      const range = [from + 1, to];
      await rows(transaction, `insert into player (user_id) select user_id from ${ids}`, range);
      await rows(
        transaction,
        `insert into event (source, id, user_id, type, occurred_at) select 'game', 'won ' || user_id, user_id, 'MatchWon', now() from ${ids}`,
        range,
      );
      await rows(
        transaction,
        `insert into inbox (user_id, source, event_id) select user_id, 'game', 'won ' || user_id from ${ids}`,
        range,
      );
      await rows(
        transaction,
        `insert into measure_value (user_id, measure, bucket, value, first_at, last_at, born, next_at)
         select user_id, m.measure, 0, 1, now(), now(), 1, 1 from ${ids}
         cross join (select unnest(measures) as measure from quest_version where quest_id = $3 limit 1) m`,
        [...range, questId],
      );
      await rows(
        transaction,
        `insert into enrolment (user_id, quest_id, bucket, version, base, attempts_at_base, completions_at_base, completions)
         select user_id, $3, 0, 1, '[null]', 0, 0, 0 from ${ids}`,
        [...range, questId],
      );
    });
  }
  for (const table of ['player', 'event', 'inbox', 'measure_value', 'enrolment'])
    await rows(jobs.fork(), `vacuum (analyze) ${table}`);
  await rows(jobs.fork(), 'checkpoint');
  const [size] = await rows<{ size: string }>(
    jobs.fork(),
    'select pg_size_pretty(pg_database_size(current_database())) as size',
  );
  say(`stored               ${count} players in ${Math.round((performance.now() - began) / 1000)} s, ${size!.size}`);
}
