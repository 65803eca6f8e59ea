import { SpanStatusCode } from '@opentelemetry/api';
import { failpoint } from '../../../shared/process/failpoint.ts';
import type { Log } from '../../../shared/process/log.ts';
import { isTracing, traced } from '../../../shared/process/tracing.ts';
import { headersFor } from '../../identity/forwarding.ts';
import type { GatewayHooks } from '../../hooks.ts';
import { type HeaderRules, setHeader } from '../../identity/headerRules.ts';
import { type SubgraphTermsOf, termsForAll } from '../../supergraph/subgraphTerms.ts';
import { failedAnswer } from '../answer/answer.ts';
import { asInputFault } from '../answer/opaqueInput.ts';
import { maskSubgraph } from '../answer/subgraphErrors.ts';
import type { SendToSubgraph, SubgraphRequest } from '../execution.ts';
import { Channel, type ChannelAnswer } from './channel.ts';
import { NeverSent } from './gate.ts';
import { Abandoned, TooLate } from './post.ts';

export type FetchOutcome = 'answered' | 'late' | 'unusable' | 'abandoned';

export interface TransportSettings {
  gatewaySecret: string;
  log: Log;
  /** A subgraph was asked, and this came of it. */
  fetched?: (service: string, outcome: FetchOutcome, seconds: number) => void;
  termsOf?: SubgraphTermsOf;
  headerRules?: HeaderRules | undefined;
  onFetch?: GatewayHooks['onFetch'];
  /** Names of response headers that are handed on. */
  collected?: readonly string[] | undefined;
}

export interface Transport {
  send: SendToSubgraph;
  stop(): Promise<void>;
}

/** What is sent to subgraphs, and what comes back as far as clients may see it. The connections outlive reloads. */
export function openTransport(settings: TransportSettings): Transport {
  const { gatewaySecret, log, fetched = () => {}, termsOf = termsForAll(), collected } = settings;
  /** By subgraph and address: as many as there are subgraphs, and those of graphs before this one. */
  const channels = new Map<string, Channel>();
  const channelOf = ({ service, url }: SubgraphRequest) => {
    const key = `${service} ${url}`;
    let channel = channels.get(key);
    if (!channel) channels.set(key, (channel = new Channel(service, url, termsOf(service), log)));
    return channel;
  };

  const callHook = ({ service, url, caller: { requestId } }: SubgraphRequest, headers: string[]) => {
    try {
      settings.onFetch!({ service, url, requestId, setHeader: (name, value) => setHeader(headers, name, value) });
    } catch (error) {
      log.error({ err: error, service, requestId }, 'the hook onFetch failed');
    }
  };
  const ask = async (request: SubgraphRequest) => {
    const { caller, body, mayRepeat = false } = request;
    const headers = headersFor(caller, gatewaySecret);
    settings.headerRules?.apply(request.service, headers, caller.headers);
    if (settings.onFetch) callHook(request, headers);
    if (!mayRepeat) failpoint('gateway.beforeMutation');
    // What may have been done cannot be abandoned.
    const answer = await channelOf(request).ask(headers, body, mayRepeat, mayRepeat ? caller.signal : undefined);
    if (!mayRepeat) failpoint('gateway.afterMutation');
    return answer;
  };

  const send: SendToSubgraph = async (request) => {
    const { service, caller } = request;
    const began = performance.now();
    const note = (outcome: FetchOutcome) => fetched(service, outcome, (performance.now() - began) / 1000);
    try {
      const { answer, headers: said } = await ask(request);
      const heard = collected?.length ? { headers: headersIn(said, collected) } : {};
      note('answered');
      const { data = null, errors } = answer;
      if (!errors) return { data, ...heard };
      const { errorCodes, errorDetails } = termsOf(service);
      const terms = { service, requestId: caller.requestId, log, errorCodes, errorDetails };
      return {
        data,
        errors: errors
          .map((error) => (request.hasOpaqueInput ? asInputFault(error) : error))
          .map((error) => maskSubgraph(error, terms)),
        ...heard,
      };
    } catch (error) {
      if (error instanceof Abandoned) {
        note('abandoned');
        return failedAnswer(service, false);
      }
      const isLate = error instanceof TooLate || error instanceof NeverSent;
      note(isLate ? 'late' : 'unusable');
      const said = isLate ? 'a subgraph took too long' : 'a subgraph cannot be used';
      log.warn({ err: error, service, requestId: caller.requestId }, said);
      return failedAnswer(service, isLate);
    }
  };

  return {
    send: (request) =>
      isTracing()
        ? traced(
            `fetch ${request.service}`,
            { kind: 'client', attributes: { 'url.full': request.url } },
            async (span) => {
              const answer = await send(request);
              if (answer.errors) span?.setStatus({ code: SpanStatusCode.ERROR });
              return answer;
            },
          )
        : send(request),
    async stop() {
      await Promise.all([...channels.values()].map((channel) => channel.stop()));
    },
  };
}

function headersIn(said: ChannelAnswer['headers'], names: readonly string[]): Record<string, readonly string[]> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = said[name];
      return value === undefined ? [] : [[name, Array.isArray(value) ? value : [value]] as const];
    }),
  );
}
