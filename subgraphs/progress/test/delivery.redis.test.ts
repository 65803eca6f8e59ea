import { openRedisCarrier } from '../../../shared/delivery/carrierRedis.ts';
import { startRedis } from '../../../shared/testing/redis.ts';
import { deliverySuite } from './deliverySuite.ts';
import { log } from './stage.ts';

describe('events by Redis streams', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  deliverySuite(async () => {
    redis = await startRedis();
    return openRedisCarrier(redis.url, log);
  });
  // After what the suite stops, which would miss it.
  afterAll(() => redis.stop());
});
