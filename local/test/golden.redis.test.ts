import { openRedisCarrier } from '../../shared/delivery/carrierRedis.ts';
import { startRedis } from '../../shared/testing/redis.ts';
import { log } from './graph.ts';
import { goldenSuite } from './goldenSuite.ts';

describe('the golden trace over Redis', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  goldenSuite(async () => {
    redis = await startRedis();
    return { carrier: () => openRedisCarrier(redis.url, log), redisUrl: redis.url };
  });
  // After what the suite stops, which would miss it.
  afterAll(() => redis.stop());
});
