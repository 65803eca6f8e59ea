import { openRedisCarrier } from '../../../shared/carrierRedis.ts';
import { openLog } from '../../../shared/log.ts';
import { startRedis } from '../../../shared/testing/redis.ts';
import { deedsSuite } from './deedsSuite.ts';

describe('deeds by Redis streams', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  afterAll(() => redis.stop());
  deedsSuite(async () => {
    redis = await startRedis();
    return openRedisCarrier(redis.url, openLog('test', 'silent'));
  });
});
