/** How the tables lie on a PostgreSQL that spreads them over servers: what players have by user_id, beside what it refers to, which is on each of them. */
export const distribution = {
  references: ['quest', 'quest_version', 'webhook'],
  /** What others refer to comes first. */
  byUser: [
    'player',
    'completion',
    'reward_grant',
    'payment',
    'popup',
    'ledger_entry',
    'balance',
    'enrolment',
    'measure_value',
    'active_span',
    'distinct_value',
    'player_zone',
    'zone_move',
    'pause',
    'event',
    'inbox',
    'webhook_delivery',
  ],
} as const;
