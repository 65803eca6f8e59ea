import { type Joined, type Surroundings, joined } from '../../shared/joined.ts';
import { type AskAggregator, aggregatorAt } from './aggregator/client.ts';
import { startAggregator } from './aggregator/aggregator.ts';
import type { LookupSettings } from './aggregator/lookups.ts';
import { httpProvider } from './aggregator/provider.ts';
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

/** Beside an aggregator that runs elsewhere. */
export const quotesAt = (aggregatorUrl: () => string): Joined =>
  quotesBy(({ gatewaySecret }) => aggregatorAt(aggregatorUrl(), gatewaySecret));

/** With an aggregator in the same process; without the address of a provider, the bundled one is in it too. */
export const quotesHere = (providerUrl?: string, lookups: LookupSettings = {}): Joined =>
  quotesBy(async ({ host, gatewaySecret, log }, opened) => {
    const open = async (door: Promise<{ url: string; stop(): Promise<void> }>) =>
      opened.adopt(await door, (one) => one.stop()).url;
    const provider = httpProvider(providerUrl ?? (await open(startProvider({ host, port: 0, log }))));
    const url = await open(startAggregator({ host, port: 0, secret: gatewaySecret, provider, lookups, log }));
    return aggregatorAt(url, gatewaySecret);
  });
