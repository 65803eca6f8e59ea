import { readFileSync } from 'node:fs';
import { StartRefusal } from '../../shared/process/environment.ts';
import type { Configuration } from '../configuration/description.ts';
import { type OneSubgraph, type SubgraphSettings, everySubgraph } from '../configuration/subgraphSettings.ts';

/** How the gateway deals with one subgraph. */
export interface SubgraphTerms extends Omit<SubgraphSettings, 'tls' | 'errorCodes' | 'errorDetails'> {
  tls: Certificates;
  /** Codes of its errors that clients may read, beside those of the gateway. */
  errorCodes: ReadonlySet<unknown>;
  /** Members of the `extensions` of its errors that they may read, beside those of the gateway. */
  errorDetails: ReadonlySet<unknown>;
}

/** As PEM. */
export interface Certificates {
  ca?: string;
  cert?: string;
  key?: string;
}

export type SubgraphTermsOf = (service: string) => SubgraphTerms;

/** What holds unless something is said, with these changes. */
export const termsForAll = (changes: Partial<SubgraphTerms> = {}): SubgraphTermsOf => {
  const terms = { ...resolved(everySubgraph.defaults, {}), ...changes };
  return () => terms;
};

/** The terms of each subgraph: its own entry over what holds for every one. Certificates are read now. */
export function subgraphTermsOf(configuration: Configuration): SubgraphTermsOf {
  const { everySubgraph: every, subgraphs } = configuration;
  const own = new Map(Object.entries(subgraphs).map(([name, entry]) => [name, resolved(every, entry)]));
  const common = resolved(every, {});
  for (const { subscriptions } of [common, ...own.values()])
    if (subscriptions.protocol === 'callback' && configuration.subscriptions.callback.url === undefined)
      throw new StartRefusal(
        'A subgraph is subscribed to by HTTP callback, but `subscriptions.callback.url` is not set.',
        'Set it to the address by which subgraphs reach this gateway.',
      );
  const usesCallbacks = [common, ...own.values()].some(({ subscriptions }) => subscriptions.protocol === 'callback');
  if (usesCallbacks && configuration.server.workers > 1)
    throw new StartRefusal(
      'Subscriptions by HTTP callback need one worker: a callback reaches whichever process takes it.',
      'Set `server.workers` to 1, or run several gateways with a `subscriptions.callback.url` each.',
    );
  return (service) => own.get(service) ?? common;
}

function resolved(every: SubgraphSettings, entry: OneSubgraph): SubgraphTerms {
  const merged = over(every, entry);
  const { ca, certificate, key } = merged.tls;
  if ((certificate === undefined) !== (key === undefined))
    throw new StartRefusal(
      'A certificate of the gateway has no key, or a key no certificate.',
      'Set both below `tls`.',
    );
  return {
    ...merged,
    tls: {
      ...(ca !== undefined && { ca: pem(ca) }),
      ...(certificate !== undefined && { cert: pem(certificate), key: pem(key!) }),
    },
    errorCodes: new Set(merged.errorCodes),
    errorDetails: new Set(merged.errorDetails),
  };
}

/** A section with what an entry says over it, name by name. */
function over<T extends object>(every: T, entry: object | undefined): T {
  const said = Object.entries(entry ?? {}).filter(([, value]) => value !== undefined);
  const merged = { ...every } as Record<string, unknown>;
  for (const [name, value] of said) {
    const common = merged[name];
    const isSection = typeof common === 'object' && common !== null && !Array.isArray(common);
    merged[name] = isSection ? over(common, value as object) : value;
  }
  return merged as T;
}

function pem(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new StartRefusal(
      `The certificate ${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`,
      'Name PEM files below `tls`.',
    );
  }
}
