import { StartRefusal } from '../../shared/process/environment.ts';
import type { Log } from '../../shared/process/log.ts';
import type { Configuration } from '../configuration/description.ts';
import { partOf } from '../settings.ts';
import { fetchingOf } from './fetching.ts';
import { openRemote } from './remote.ts';
import { type SupergraphSource, subgraphNames } from './supergraph.ts';
import { termsOf } from './terms.ts';

/** Where a gateway has its supergraph from, now and later. */
export interface Supply {
  /** Starts a gateway with it, and lets it reload whenever another one was fetched. */
  serve<G extends { reload(): Promise<boolean> }>(start: (source: SupergraphSource) => Promise<G>): Promise<G>;
  stop(): void;
}

export async function openSupply(configuration: Configuration, log: Log): Promise<Supply> {
  const { supergraph } = configuration;
  const [urls, terms] = [addressesIn(configuration), termsOf(configuration)];
  const fetch = fetchingOf(supergraph);
  if (!fetch) {
    const file = supergraph.file ?? './supergraph.yaml';
    // Those of a supergraph.yaml's own part are read again with each reload.
    const source: SupergraphSource = partOf(file) ? { file, urls } : { file, urls, terms };
    refuseUnknown(configuration, subgraphNames(source));
    return { serve: (start) => start(source), stop: () => {} };
  }
  const { pollMs, keepFile } = supergraph;
  const remote = await openRemote({ fetch, pollMs, keepFile, urls, terms, log });
  let stop = () => {};
  return {
    async serve(start) {
      const attempt = () => {
        refuseUnknown(configuration, subgraphNames(remote.source));
        return start(remote.source);
      };
      let gateway;
      try {
        gateway = await attempt();
      } catch (error) {
        if (!remote.fallBack()) throw error;
        log.error({ err: error }, 'the supergraph that was fetched cannot be served; the one that is kept is');
        gateway = await attempt();
      }
      remote.served();
      const served = gateway;
      stop = remote.poll(() => served.reload());
      return served;
    },
    stop: () => stop(),
  };
}

/** Addresses that stand over those of the supergraph, by subgraph. */
const addressesIn = ({ subgraphs }: Configuration): Record<string, string> =>
  Object.fromEntries(Object.entries(subgraphs).flatMap(([name, { url }]) => (url === undefined ? [] : [[name, url]])));

/** A name that no subgraph has is a typing error. */
function refuseUnknown({ subgraphs, identityFree, headers }: Configuration, known: readonly string[]): void {
  const given: [place: string, names: readonly string[]][] = [
    ['subgraphs', Object.keys(subgraphs)],
    ['identity_free', identityFree],
    ...headers.request.map((rule, n): [string, readonly string[]] => [`headers.request[${n}]`, rule.subgraphs ?? []]),
    ...headers.response.map((rule, n): [string, readonly string[]] => [`headers.response[${n}]`, rule.subgraphs ?? []]),
  ];
  const faults = given.flatMap(([place, names]) =>
    names.flatMap((name) => (known.includes(name) ? [] : `${place} names "${name}", which is no subgraph`)),
  );
  if (faults.length > 0)
    throw new StartRefusal(faults.join('\n'), `The subgraphs are ${known.join(', ')}; ROUTING_URL_NAME counts too.`);
}
