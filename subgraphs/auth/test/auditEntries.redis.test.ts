import { openRedisCarrier } from '../../../shared/delivery/carrierRedis.ts';
import { openLog } from '../../../shared/process/log.ts';
import { startRedis } from '../../../shared/testing/redis.ts';
import { auditEntriesSuite } from './auditEntriesSuite.ts';

describe('audit entries by Redis streams', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  auditEntriesSuite(async () => {
    redis = await startRedis();
    return openRedisCarrier(redis.url, openLog('test', 'silent'));
  });
  // After what the suite stops, which would miss it.
  afterAll(() => redis.stop());
});
