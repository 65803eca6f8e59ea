import type { Log } from '../../../shared/process/log.ts';
import type { Counters } from '../../metrics/subscriptionMetrics.ts';
import { addressesIn } from '../../configuration/forms.ts';
import { type CallbackDoor, CallbackUpstream } from './callbackUpstream.ts';
import type { SubgraphTermsOf } from '../../supergraph/subgraphTerms.ts';
import { EventUpstream } from './eventUpstream.ts';
import { SocketUpstream } from './socketUpstream.ts';
import type { Upstream, UpstreamSettings, UpstreamStream } from './upstream.ts';

/** Every stream from subgraphs, by whatever protocol. */
export interface Sources {
  open(service: string, url: string, stream: UpstreamStream): void;
  /** At once: nothing more is heard of it. */
  close(stream: UpstreamStream): void;
  /** Closes an open stream and opens it again after a pause. */
  again(stream: UpstreamStream, pauseMs: number): void;
  stop(): Promise<void>;
}

export interface SourceSettings {
  gatewaySecret: string;
  counters: Counters;
  log: Log;
  /** A connection that does not answer for two of these is cut. */
  pingMs?: number;
  termsOf: SubgraphTermsOf;
  /** Where subgraphs call back. */
  callbacks?: CallbackDoor | undefined;
}

interface Opened {
  service: string;
  url: string;
  upstream: Upstream;
  /** Until when the stream must have been asked for. */
  deadline?: NodeJS.Timeout | undefined;
  /** When it is opened again. */
  retry?: NodeJS.Timeout | undefined;
}

export function openSources(settings: SourceSettings): Sources {
  const { gatewaySecret, counters, log, pingMs = 10_000, termsOf, callbacks } = settings;
  const upstreams = new Map<string, Upstream>();
  const streams = new Map<UpstreamStream, Opened>();
  counters.gauge(() => ({ upstreamStreams: streams.size }));

  const opened = (stream: UpstreamStream) => {
    stream.wasOpen = true;
    const found = streams.get(stream);
    clearTimeout(found?.deadline);
    if (found) found.deadline = undefined;
  };
  const refused: UpstreamSettings['refused'] = (stream, errors) => {
    const found = streams.get(stream);
    if (!found) return;
    forget(stream, found);
    const pauseMs = stream.refused(errors);
    if (pauseMs !== undefined) openAfter(stream, found, pauseMs);
  };
  const upstreamOf = (service: string, url: string): Upstream => {
    const key = `${service} ${url}`;
    let upstream = upstreams.get(key);
    if (!upstream) {
      const { tls, subscriptions } = termsOf(service);
      const { protocol, url: own = url, connectionParams, openMs } = subscriptions;
      const urls = addressesIn(own);
      const count = (change: number) => void (counters.upstreamSockets += change);
      const common = { tls, connectionParams, openMs, service, gatewaySecret, pingMs, count, opened, refused, log };
      if (protocol === 'websocket')
        upstream = new SocketUpstream({ ...common, urls: urls.map((one) => one.replace(/^http/, 'ws')) });
      else if (protocol === 'sse') upstream = new EventUpstream({ ...common, urls });
      else upstream = new CallbackUpstream({ ...common, urls }, callbacks!);
      upstreams.set(key, upstream);
    }
    return upstream;
  };
  /** A subgraph that cannot be reached is an error to whoever is not served yet; the others wait for it. */
  const givenUp = (stream: UpstreamStream, { service, url, upstream }: Opened) => {
    log.warn({ service, url, reason: upstream.trouble }, 'a subscription cannot be opened at a subgraph');
    upstream.close(stream);
    const message = `The part of the graph called "${service}" cannot be subscribed to at the moment.`;
    refused(stream, [{ message, extensions: { code: 'SUBGRAPH_UNAVAILABLE', serviceName: service } }]);
  };
  const forget = (stream: UpstreamStream, { deadline, retry }: Opened) => {
    clearTimeout(deadline);
    clearTimeout(retry);
    streams.delete(stream);
  };
  const open = (service: string, url: string, stream: UpstreamStream) => {
    const found: Opened = { service, url, upstream: upstreamOf(service, url) };
    streams.set(stream, found);
    if (!stream.wasOpen)
      found.deadline = setTimeout(() => givenUp(stream, found), termsOf(service).subscriptions.openMs).unref();
    found.upstream.open(stream);
  };
  const openAfter = (stream: UpstreamStream, found: Opened, pauseMs: number) => {
    const retry = setTimeout(() => open(found.service, found.url, stream), pauseMs).unref();
    streams.set(stream, { ...found, deadline: undefined, retry });
  };
  const close = (stream: UpstreamStream) => {
    const found = streams.get(stream);
    if (!found) return;
    forget(stream, found);
    found.upstream.close(stream);
  };
  return {
    open,
    close,
    again(stream, pauseMs) {
      const found = streams.get(stream);
      close(stream);
      if (found) openAfter(stream, found, pauseMs);
    },
    async stop() {
      for (const [stream, found] of streams) forget(stream, found);
      await Promise.all([...upstreams.values()].map((upstream) => upstream.stop()));
    },
  };
}
