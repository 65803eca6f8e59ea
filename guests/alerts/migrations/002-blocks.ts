import type { MigrationStep } from '../../../shared/database/database.ts';

export const blocks: MigrationStep = {
  name: 'alerts-002-blocks',
  statements: [
    'create table block (user_id uuid, author_id uuid, primary key (user_id, author_id), check (user_id <> author_id))',
    'create index block_of_author on block (author_id)',
  ],
};
