import type { Configuration } from '../configuration/description.ts';

type SourceSettings = Configuration['supergraph'];

/** Asks an address for the composed schema; undefined when it is the same as last time. Rejects when there is no good answer. */
export type FetchSupergraph = () => Promise<string | undefined>;

/** How the supergraph is fetched; undefined when it is a file. */
export function fetchingOf(settings: SourceSettings): FetchSupergraph | undefined {
  const { url, headers, hive, uplink, timeoutMs } = settings;
  if (url !== undefined) return fromAddress(url, headers, timeoutMs);
  if (hive)
    return fromAddress(
      hive.endpoint.replace(/\/?(supergraph)?$/, '/supergraph'),
      { 'x-hive-cdn-key': hive.key },
      timeoutMs,
    );
  return uplink && fromUplink(uplink, timeoutMs);
}

function fromAddress(url: string, headers: Readonly<Record<string, string>>, timeoutMs: number): FetchSupergraph {
  let tag: string | undefined;
  return async () => {
    const signal = AbortSignal.timeout(timeoutMs);
    const conditions = tag === undefined ? {} : { 'if-none-match': tag };
    let response = await fetch(url, { headers: { ...headers, ...conditions }, redirect: 'manual', signal });
    const elsewhere = response.headers.get('location');
    // The key is for the address that it was given for, and for no other.
    if (response.status >= 301 && response.status <= 308 && response.status !== 304 && elsewhere)
      response = await fetch(new URL(elsewhere, url), { headers: conditions, redirect: 'error', signal });
    if (response.status === 304) return undefined;
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    const sdl = await textOf(response);
    tag = response.headers.get('etag') ?? undefined;
    return sdl;
  };
}

const routerConfig = `query SupergraphSdl($apiKey: String!, $ref: String!, $ifAfterId: ID) {
  routerConfig(ref: $ref, apiKey: $apiKey, ifAfterId: $ifAfterId) {
    __typename
    ... on RouterConfigResult { id supergraphSdl: supergraphSDL }
    ... on FetchError { code message }
  }
}`;

interface UplinkAnswer {
  data?: {
    routerConfig?: { __typename?: string; id?: string; supergraphSdl?: string; code?: string; message?: string };
  };
}

function fromUplink(
  { endpoints, graphRef, key }: NonNullable<SourceSettings['uplink']>,
  timeoutMs: number,
): FetchSupergraph {
  let known: string | null = null;
  const ask = async (endpoint: string): Promise<string | undefined> => {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: routerConfig, variables: { apiKey: key, ref: graphRef, ifAfterId: known } }),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) throw new Error(`${endpoint} answered ${response.status}`);
    const { routerConfig: config } = (JSON.parse(await textOf(response)) as UplinkAnswer).data ?? {};
    if (config?.__typename === 'Unchanged') return undefined;
    if (config?.__typename !== 'RouterConfigResult' || !config.supergraphSdl)
      throw new Error(
        `${endpoint} answered ${config?.code ?? 'no supergraph'}: ${String(config?.message).slice(0, 200)}`,
      );
    known = config.id ?? null;
    return config.supergraphSdl;
  };
  return async () => {
    let failure: unknown;
    for (const endpoint of endpoints)
      try {
        return await ask(endpoint);
      } catch (error) {
        failure = error;
      }
    throw failure;
  };
}

const largest = 64 * 1024 * 1024;

/** The body, unless it is larger than any supergraph. */
async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += (chunk as Uint8Array).length;
    if (size > largest) throw new Error(`${response.url} answered more than ${largest} bytes`);
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('utf8');
}
