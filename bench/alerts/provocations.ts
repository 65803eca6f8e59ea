import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLog } from '../../shared/process/log.ts';
import { openRedisCarrier } from '../../shared/delivery/carrierRedis.ts';
import { openDatabase } from '../../shared/database/database.ts';
import { connect } from '../../local/sql.ts';
import { OutboxRow } from '../../shared/delivery/outbox.ts';
import { progressMigrations } from '../../subgraphs/progress/migrations/all.ts';
import { reconcile } from '../../subgraphs/progress/operations/reconciliation.ts';
import { ask, signIn, tokenOf } from '../faults/client.ts';
import type { System } from '../faults/system.ts';

/** Something that goes wrong for real, and the alerts that have to notice it. */
export interface Provocation {
  name: string;
  alerts: readonly string[];
  /** Resolves to what makes it good again, after which the alerts have to end. */
  provoke(system: System): Promise<() => Promise<unknown>>;
}

const log = openLog('alerts', 'silent');
const guest = (system: System) => signIn(system.graphUrl, `device ${randomUUID()}`, randomUUID(), 10_000);

/** Throws unless so many statements do not hold. */
async function reconciled({ databases }: System, expected: number): Promise<void> {
  const progress = { url: databases.progress, subgraph: 'progress', migrations: progressMigrations };
  const database = await openDatabase({ ...progress, entities: [OutboxRow], log });
  const differing = await reconcile(database, () => undefined).finally(() => database.close());
  if (differing !== expected) throw new Error(`${differing} statements do not hold, and ${expected} should not`);
}

export const provocations: readonly Provocation[] = [
  {
    name: 'a process is killed',
    alerts: ['QuestlineProcessIsDown'],
    async provoke({ subgraphs }) {
      await subgraphs.catalog.kill();
      return () => subgraphs.catalog.start();
    },
  },
  {
    name: 'an event is forged',
    alerts: ['QuestlineDeadLetters'],
    async provoke({ redis, graphUrl }) {
      const carrier = await openRedisCarrier(redis.url, log);
      await carrier.publish('auth:all', [{ id: '1', sealed: 'forged' }]).finally(() => carrier.close());
      return async () => {
        const token = await tokenOf(graphUrl, 'operator');
        const listed = '{ deadLetters { nodes { id } } }';
        const { deadLetters } = await ask<{ deadLetters: { nodes: { id: string }[] } }>(
          graphUrl,
          listed,
          {},
          { token },
        );
        const giveUp = 'mutation ($id: ID!) { discardDeadLetter(id: $id, reason: "it was forged") }';
        for (const { id } of deadLetters.nodes) await ask(graphUrl, giveUp, { id }, { token });
      };
    },
  },
  {
    name: 'a balance is changed by hand',
    alerts: ['QuestlineReconcileDiffers'],
    async provoke(system) {
      const { user } = await guest(system);
      const forged = `insert into balance (user_id, item, quantity) select user_id, 'FORGED', 1 from player where user_id = $1 returning 1`;
      // Until progress has heard of the guest.
      while ((await system.query('progress', forged, [user.id])).length === 0) await sleep(100);
      await reconciled(system, 1);
      return async () => {
        await system.query('progress', `delete from balance where item = 'FORGED'`);
        await reconciled(system, 0);
      };
    },
  },
  {
    name: 'a table is locked, so that partitions do not get on',
    alerts: ['QuestlinePartitionIsBehind', 'QuestlineOutboxIsOld'],
    async provoke(system) {
      const connection = await connect(system.databases.progress);
      await connection.query('begin');
      await connection.query('lock table inbox in access exclusive mode');
      for (let n = 0; n < 10; n++) await guest(system);
      return () => connection.end();
    },
  },
  {
    name: 'Redis is killed',
    alerts: ['QuestlineRelayIsBehind'],
    async provoke(system) {
      await system.redis.kill();
      await guest(system);
      return () => system.redis.start();
    },
  },
];
