import type { MigrationStep } from '../../../shared/database/database.ts';

/** What operators do in the other subgraphs is on record too, and why they did it. */
export const auditEntries: MigrationStep = {
  // Databases know the step by this name.
  name: 'auth-003-deeds',
  statements: [
    `alter table audit add column target_name text,
       add column reason text check (char_length(reason) between 1 and 200),
       add column changes jsonb not null default '[]'`,
    'create index audit_of_actor on audit (actor_id, number desc)',
    'create index audit_of_action on audit (action, number desc)',
    // Counted before one more is kept.
    `create index audit_refused on audit (actor_id, occurred_at) where outcome = 'REFUSED'`,
  ],
};
