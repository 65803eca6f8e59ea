import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { StartRefusal } from '../../shared/process/environment.ts';
import type { Log } from '../../shared/process/log.ts';
import { withAddresses } from './addresses.ts';
import type { FetchSupergraph } from './fetching.ts';
import type { SupergraphSource } from './supergraph.ts';
import type { Terms } from './terms.ts';

export interface RemoteSettings {
  fetch: FetchSupergraph;
  pollMs: number;
  /** Where the last one that could be served is kept. */
  keepFile?: string | undefined;
  urls: Readonly<Record<string, string>>;
  terms: Terms;
  log: Log;
}

/** A supergraph that is fetched, and again whenever it changes. */
export interface Remote {
  /** Always the newest one. */
  source: SupergraphSource;
  /** The newest one is served, so it may be kept. */
  served(): void;
  /** Goes back to the one that is kept; false when there is none, or when it is the one. */
  fallBack(): boolean;
  /** Calls back whenever another one was fetched; true: it is served. Returns what ends it. */
  poll(changed: () => Promise<boolean>): () => void;
}

/** Fetches for the first time. While the address does not answer the one that is kept must do. */
export async function openRemote({ fetch, pollMs, keepFile, urls, terms, log }: RemoteSettings): Promise<Remote> {
  let sdl: string;
  let kept = keepFile === undefined ? undefined : textIn(keepFile);
  try {
    sdl = (await fetch())!;
  } catch (error) {
    if (kept === undefined)
      throw new StartRefusal(
        `The supergraph cannot be fetched: ${reasonOf(error)}.`,
        'Check the address and the key below `supergraph`; with `keep_file` the gateway starts with the last good one.',
      );
    log.warn({ err: error, keepFile }, 'the supergraph cannot be fetched; the one that is kept is served');
    sdl = kept;
  }
  const keep = () => {
    if (keepFile === undefined || kept === sdl) return;
    try {
      // A process that dies meanwhile leaves the old one whole.
      const next = `${keepFile}.${process.pid}`;
      writeFileSync(next, sdl);
      renameSync(next, keepFile);
      kept = sdl;
    } catch (error) {
      log.warn({ err: error, keepFile }, 'the supergraph cannot be kept');
    }
  };
  return {
    source: {
      get sdl() {
        return withAddresses(sdl, urls);
      },
      terms,
    },
    served: keep,
    fallBack() {
      if (kept === undefined || kept === sdl) return false;
      sdl = kept;
      return true;
    },
    poll(changed) {
      let timer: NodeJS.Timeout;
      let isFailing = false;
      let isStopped = false;
      const again = () => {
        // Of many gateways no two ask at the same moment.
        timer = setTimeout(() => void look(), pollMs * (0.9 + Math.random() / 5)).unref();
      };
      const look = async () => {
        try {
          const fetched = await fetch();
          if (isFailing) log.info('the supergraph can be fetched again');
          isFailing = false;
          if (isStopped) return;
          const before = sdl;
          if (fetched !== undefined && fetched !== before) {
            sdl = fetched;
            if (await changed()) keep();
            else sdl = before;
          }
        } catch (error) {
          if (!isFailing) log.warn({ err: error }, 'the supergraph cannot be fetched; the one that is served stays');
          isFailing = true;
        }
        if (!isStopped) again();
      };
      again();
      return () => {
        isStopped = true;
        clearTimeout(timer);
      };
    },
  };
}

function textIn(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

const reasonOf = (error: unknown) =>
  error instanceof Error
    ? `${error.message}${error.cause instanceof Error ? ` (${error.cause.message})` : ''}`
    : 'no answer';
