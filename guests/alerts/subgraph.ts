import { joined } from '../../shared/subgraph/joined.ts';
import { type Context, contextMaker } from './context.ts';
import { initial } from './migrations/001-initial.ts';
import { blocks } from './migrations/002-blocks.ts';
import { openPosting } from './posts/posting.ts';
import { forgetUsers } from './posts/postStore.ts';
import { resolvers } from './resolvers.ts';
import { openAlertStreams } from './timeline/alertStreams.ts';
import { startFanout } from './timeline/fanout.ts';
import { noCache, redisCache } from './timeline/timelineCache.ts';

/** Posts by category and tag, told at once to whoever wants to know. */
export const alerts = joined<Context>({
  name: 'alerts',
  port: 4012,
  migrations: [initial, blocks],
  forget: forgetUsers,
  async assemble(furniture, { carrier, redisUrl, log }) {
    const { database, opened } = furniture;
    const cache = opened.adopt(redisUrl ? redisCache(redisUrl, log) : noCache, (one) => one.close());
    const streams = opened.adopt(await openAlertStreams(database, carrier), (one) => one.stop());
    const fanout = opened.adopt(startFanout(database, cache, carrier, log), (one) => one.stop());
    return {
      schemaFile: new URL('./schema.graphql', import.meta.url),
      resolvers,
      context: contextMaker(furniture, cache, streams, openPosting(furniture, fanout.wake)),
    };
  },
});
