import type { MigrationStep } from '../../../shared/database/database.ts';

const counts = `count(*) as completions, count(*) filter (where number = 1) as players`;

/** How often each quest was completed, and by how many players, counted by the database as days are: in rows for which nobody waits. */
export const questCounts: MigrationStep = {
  name: 'progress-013-quest-counts',
  statements: [
    `create table quest_count (
      quest_id uuid not null,
      slot int not null,
      completions bigint not null,
      players bigint not null,
      primary key (quest_id, slot)) with (fillfactor = 50)`,
    `create or replace function count_completion() returns trigger language plpgsql as $$
      declare mine int := activity_slot();
      begin
        insert into activity (day, slot, completions)
        select (completed_at at time zone 'UTC')::date, mine, count(*) from added group by 1
        on conflict (day, slot) do update set completions = activity.completions + excluded.completions;
        insert into quest_count (quest_id, slot, completions, players)
        select quest_id, mine, ${counts} from added group by 1 order by 1
        on conflict (quest_id, slot) do update set completions = quest_count.completions + excluded.completions,
          players = quest_count.players + excluded.players;
        return null;
      end $$`,
    `insert into quest_count (quest_id, slot, completions, players) select quest_id, 0, ${counts} from completion group by 1`,
  ],
};
