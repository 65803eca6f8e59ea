import { joined } from '../../shared/subgraph/joined.ts';
import { type Context, contextMaker } from './context.ts';
import { openIngest } from './locations/ingest.ts';
import { consumeLocations } from './locations/queue.ts';
import { forgetUsers } from './locations/personStore.ts';
import { startRetention } from './locations/retention.ts';
import { initial } from './migrations/001-initial.ts';
import { resolvers } from './resolvers.ts';
import { settingsIn } from './settings.ts';
import { startWatch } from './visits/watch.ts';

/** Who was close to whom, of those who want to know and share where they are. */
export const venue = joined<Context>({
  name: 'venue',
  port: 4013,
  migrations: [initial],
  forget: forgetUsers,
  assemble(furniture, { redisUrl, log }) {
    const { database, clock, opened } = furniture;
    const settings = settingsIn(process.env);
    const watch = opened.adopt(startWatch(furniture, settings.timeZone, log), (one) => one.stop());
    opened.defer(startRetention(database, clock, settings, log));
    const ingest = openIngest(furniture, watch.wake);
    if (redisUrl) opened.defer(consumeLocations(redisUrl, ingest, log));
    return {
      schemaFile: new URL('./schema.graphql', import.meta.url),
      resolvers,
      context: contextMaker(furniture, ingest),
    };
  },
});
