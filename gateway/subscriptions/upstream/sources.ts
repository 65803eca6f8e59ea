import type { Log } from '../../../shared/log.ts';
import type { Counters } from '../../metrics/subscriptionMetrics.ts';
import { Wire, type WireStream } from './wire.ts';

/** The wires to the subgraphs that have streams: one to each address. */
export interface Sources {
  open(service: string, url: string, stream: WireStream): void;
  close(url: string, stream: WireStream): void;
  /** Closes an open stream and opens it again after a moment. */
  again(url: string, stream: WireStream): void;
  stop(): Promise<void>;
}

export interface SourceSettings {
  gatewaySecret: string;
  counters: Counters;
  log: Log;
  /** A wire that does not answer for two of these is cut. */
  pingMs?: number;
}

export function openSources({ gatewaySecret, counters, log, pingMs = 10_000 }: SourceSettings): Sources {
  const wires = new Map<string, Wire>();
  const count = (change: number) => void (counters.upstreamSockets += change);
  counters.gauge(() => ({ upstreamStreams: [...wires.values()].reduce((sum, { size }) => sum + size, 0) }));
  return {
    open(service, url, stream) {
      let wire = wires.get(url);
      if (!wire) {
        const settings = { service, url: url.replace(/^http/, 'ws'), gatewaySecret, pingMs, count, log };
        wires.set(url, (wire = new Wire(settings)));
      }
      wire.open(stream);
    },
    close: (url, stream) => wires.get(url)?.close(stream),
    again: (url, stream) => wires.get(url)?.again(stream),
    async stop() {
      await Promise.all([...wires.values()].map((wire) => wire.stop()));
    },
  };
}
