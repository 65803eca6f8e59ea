import type { Scenario } from '../scenario.ts';
import { backfills } from './backfill.ts';
import { compensations } from './compensation.ts';
import { killPoints, kills } from './kills.ts';
import { poison } from './poison.ts';
import { postgres } from './postgres.ts';
import { redis } from './redis.ts';
import { clusters, replicas } from './replicas.ts';
import { webhookScenarios } from './webhooks.ts';

export const scenarios: readonly Scenario[] = [
  ...kills,
  ...postgres,
  ...redis,
  ...poison,
  ...killPoints,
  ...backfills,
  ...compensations,
  ...webhookScenarios(),
  ...replicas,
  ...clusters,
];
