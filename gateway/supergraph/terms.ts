import { type ConfigurationFile, readConfiguration } from '../configuration/configuration.ts';
import type { Configuration } from '../configuration/description.ts';

/** What is declared of a supergraph's streams and subgraphs. What is not declared is not assumed. */
export interface Terms {
  /** By field of `Subscription`. */
  streams: Readonly<Record<string, StreamTerms>>;
  /** Subgraphs whose entities are the same for everyone: entity requests of several users may travel as one, with nobody's token. */
  identityFree: readonly string[];
}

/** How the stream of a field can be continued, and whether it is the same for everyone. */
export interface StreamTerms {
  /** The argument that takes the cursor of the last event seen: a nullable text. */
  after?: string | undefined;
  /** The event's field that holds its cursor. All events of a stream have one order, and no two have the same cursor. */
  cursor?: string | undefined;
  /** A query with one leaf: where the caller's stream stands now. With it, not even an event before the first one seen can be lost. */
  now?: string | undefined;
  /** Everyone gets the same events, so everyone may share one stream, which is opened with nobody's token. */
  isPublic?: boolean | undefined;
}

export const noTerms: Terms = { streams: {}, identityFree: [] };

/** The terms in the part `gateway` of a supergraph.yaml. Throws a StartRefusal that tells each fault with its line. */
export function readTerms(file: string): Terms {
  const from: ConfigurationFile = { file, under: 'gateway', only: ['streams', 'identityFree'] };
  return termsOf(readConfiguration(from, {}));
}

export function termsOf({ streams, identityFree }: Pick<Configuration, 'streams' | 'identityFree'>): Terms {
  return {
    identityFree,
    streams: Object.fromEntries(
      Object.entries(streams).map(([field, { public: isPublic, ...terms }]) => [field, { ...terms, isPublic }]),
    ),
  };
}
