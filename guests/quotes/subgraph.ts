import { StartRefusal } from '../../shared/process/environment.ts';
import { type Joined, type Surroundings, joined } from '../../shared/subgraph/joined.ts';
import { type AskAggregator, aggregatorAt } from './aggregator/client.ts';
import { startAggregator } from './aggregator/aggregator.ts';
import type { LookupSettings } from './aggregator/lookups.ts';
import { httpProvider } from './aggregator/provider.ts';
import { openQueueClient } from './aggregator/queueClient.ts';
import { type Context, contextMaker } from './context.ts';
import { forgetUsers } from './history/historyStore.ts';
import { initial } from './migrations/001-initial.ts';
import { startProvider } from './provider/provider.ts';
import { resolvers } from './resolvers.ts';

type Open = (surroundings: Surroundings, opened: AsyncDisposableStack) => Promise<AskAggregator> | AskAggregator;

const quotesBy = (open: Open): Joined =>
  joined<Context>({
    name: 'quotes',
    port: 4011,
    migrations: [initial],
    forget: forgetUsers,
    assemble: async (furniture, surroundings) => ({
      schemaFile: new URL('./schema.graphql', import.meta.url),
      resolvers,
      context: contextMaker(furniture, await open(surroundings, furniture.opened)),
    }),
  });

/** Beside an aggregator that runs elsewhere: at this address, or else behind the queue. */
export const quotesBeside = (aggregatorUrl?: string): Joined =>
  quotesBy((surroundings, opened) =>
    aggregatorUrl === undefined
      ? byQueue(surroundings, opened)
      : aggregatorAt(aggregatorUrl, surroundings.gatewaySecret),
  );

/** With an aggregator in the same process; without the address of a provider, the bundled one is in it too. */
export const quotesHere = (providerUrl?: string, lookups: LookupSettings = {}): Joined =>
  quotesBy(async (surroundings, opened) => {
    const { host, gatewaySecret, redisUrl, log } = surroundings;
    const open = async (door: Promise<{ url: string; stop(): Promise<void> }>) =>
      opened.adopt(await door, (one) => one.stop()).url;
    const provider = httpProvider(providerUrl ?? (await open(startProvider({ host, port: 0, log }))));
    const common = { host, port: 0, secret: gatewaySecret, provider, lookups, log };
    const url = await open(startAggregator({ ...common, ...(redisUrl && { redisUrl }) }));
    return redisUrl ? byQueue(surroundings, opened) : aggregatorAt(url, gatewaySecret);
  });

const byQueue: Open = async ({ redisUrl, log }, opened) => {
  if (!redisUrl)
    throw new StartRefusal(
      'Neither QUOTES_AGGREGATOR nor REDIS_URL says how the aggregator of quotes is asked.',
      'Set REDIS_URL here and at the aggregator, or QUOTES_AGGREGATOR to its address, http://...',
    );
  return opened.adopt(await openQueueClient(redisUrl, log), (one) => one.stop()).ask;
};
