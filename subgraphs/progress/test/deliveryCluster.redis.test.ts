import { type RedisCluster, startRedisCluster } from '../../../local/redisCluster.ts';
import { openRedisCarrier } from '../../../shared/delivery/carrierRedis.ts';
import { deliverySuite } from './deliverySuite.ts';
import { log } from './stage.ts';

describe('events by a Redis Cluster', () => {
  let cluster: RedisCluster;
  deliverySuite(async () => {
    cluster = await startRedisCluster({ folder: process.env['TEST_FOLDER']! });
    return openRedisCarrier(cluster.url, log);
  });
  // After what the suite stops, which would miss it.
  afterAll(() => cluster.stop());
});
