import type { Redis } from 'ioredis';
import type { Log } from '../process/log.ts';
import { PunctualRedis } from './punctualRedis.ts';
import type { RedisAddress } from './redisAddress.ts';
import type { RedisLink } from './redis.ts';

interface Obstacle {
  reason: string;
  fix: string;
}

/**
 * Whether Redis is there is asked with patience, before anything depends on it: a machine that starts ten processes at once may take its time.
 * What is wrong is one line, and one when the link is ready after all: a subgraph starts without Redis, and nothing is lost meanwhile.
 */
export async function inspectRedis({ address, client }: RedisLink, log: Log): Promise<void> {
  const obstacle = await (address.form === 'cluster' ? obstacleOfCluster(address) : obstacleAt(address));
  if (!obstacle) return;
  log.warn(obstacle, 'Redis cannot be reached: events wait until it can');
  client.once('ready', () => log.info('Redis can be reached: events travel'));
}

const checkAddress = 'Check that Redis 7 is running and that REDIS_URL is its address.';

async function obstacleAt(address: RedisAddress): Promise<Obstacle | undefined> {
  const answer = await ask(address, address.nodes[0]!, async (redis) => {
    await redis.ping();
    return /^redis_mode:cluster/m.test(await redis.info('server'));
  });
  if (answer.status === 'rejected') return { reason: messageOf(answer), fix: checkAddress };
  if (!answer.value) return undefined;
  return {
    reason: 'REDIS_URL names one node of a cluster as if it stood alone.',
    fix: 'Name several of its nodes with commas between, or write redis+cluster:// in front of this one.',
  };
}

/** The nodes must let us in, agree on who serves which slot, and together serve all of them. */
async function obstacleOfCluster(address: RedisAddress): Promise<Obstacle | undefined> {
  let known: Node[] | undefined;
  let reason = '';
  for (const node of address.nodes) {
    const answer = await mastersBySlot(address, node);
    if (answer.status === 'fulfilled') {
      known = answer.value;
      break;
    }
    reason ||= `${node.host}:${node.port}: ${messageOf(answer)}`;
  }
  if (!known) return { reason, fix: checkAddress };
  if (known.length === 0)
    return { reason: 'The cluster serves no slot.', fix: 'Create it: redis-cli --cluster create.' };
  for (const [name, node] of new Map(Object.values(known).map((node) => [nameOf(node), node]))) {
    const answer = await mastersBySlot(address, node);
    if (answer.status === 'rejected')
      return {
        reason: `The node ${name} of the cluster: ${messageOf(answer)}`,
        fix: 'Give every node of the cluster the same users and passwords, and check that it is running.',
      };
    const served = Object.keys(answer.value).length;
    if (served < slots)
      return {
        reason: `The cluster serves ${served} of ${slots} slots.`,
        fix: 'Give every slot to a master, for example by redis-cli --cluster fix.',
      };
    const slot = known.findIndex((other, n) => !answer.value[n] || nameOf(other) !== nameOf(answer.value[n]));
    if (slot >= 0)
      return {
        reason: `The nodes of the cluster do not agree on who serves slot ${slot}, and send us in circles.`,
        fix: 'Ask each node for CLUSTER SLOTS: their answers must be the same.',
      };
  }
  return undefined;
}

interface Node {
  host: string;
  port: number;
}

const slots = 16_384;
const nameOf = ({ host, port }: Node) => `${host}:${port}`;

/** By slot the master that serves it, as one node believes. */
const mastersBySlot = (address: RedisAddress, node: Node) =>
  ask(address, node, async (redis) => {
    const masters: Node[] = [];
    for (const [first, last, [host, port]] of (await redis.cluster('SLOTS')) as unknown as SlotRange[])
      for (let slot = first; slot <= last; slot++) masters[slot] = { host: host || node.host, port };
    return masters;
  });

type SlotRange = [first: number, last: number, master: [host: string, port: number], ...unknown[]];

async function ask<Answer>(
  address: RedisAddress,
  node: Node,
  question: (redis: Redis) => Promise<Answer>,
): Promise<PromiseSettledResult<Answer>> {
  const { form, nodes, master, database } = address;
  const redis = new PunctualRedis({
    ...(form === 'sentinels' ? { sentinels: [...nodes], name: master!, sentinelRetryStrategy: () => null } : node),
    ...terms(address),
    db: database,
    lazyConnect: true,
    retryStrategy: () => null,
  });
  let cause: Error | undefined;
  redis.on('error', (error: Error) => (cause = error));
  try {
    await redis.connect();
    return { status: 'fulfilled', value: await question(redis) };
  } catch (error) {
    // What connect() rejects with is only that the connection is closed; why, the event before it says.
    return { status: 'rejected', reason: cause ?? error };
  } finally {
    redis.disconnect();
  }
}

const messageOf = ({ reason }: PromiseRejectedResult) => (reason as Error).message;

const terms = ({ username, password, isEncrypted }: RedisAddress) => ({
  ...(username && { username }),
  ...(password && { password }),
  ...(isEncrypted && { tls: {}, enableTLSForSentinelMode: true }),
  commandTimeout: 5000,
  connectTimeout: 5000,
  disconnectTimeout: 500,
});
