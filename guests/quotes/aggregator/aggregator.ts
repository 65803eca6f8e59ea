import { HttpRefusal, answerJson, answerProbe, openDoor } from '../../../shared/process/http.ts';
import { equalTo } from '../../../shared/equalTo.ts';
import { Refusal, unauthenticated } from '../../../shared/errors.ts';
import type { Log } from '../../../shared/process/log.ts';
import { codeOf } from '../quote.rules.ts';
import { type LookupSettings, openLookups } from './lookups.ts';
import type { Provider } from './provider.ts';
import { openQueueDoor } from './queueDoor.ts';

export interface AggregatorSettings {
  host: string;
  port: number;
  /** What the subgraph shows to be let in. */
  secret: string;
  provider: Provider;
  lookups?: LookupSettings;
  /** Absent: it is asked over HTTP only. */
  redisUrl?: string;
  log: Log;
}

/** The internal service that alone talks to the provider: `GET /quotes/aapl.us` answers an Outcome as JSON, and so does the queue. */
export async function startAggregator(settings: AggregatorSettings): Promise<{ url: string; stop(): Promise<void> }> {
  const { host, port, secret, provider, lookups, redisUrl, log } = settings;
  const lookUp = openLookups(provider, log, lookups);
  const isOurs = equalTo(secret);
  const door = await openDoor(host, port, log, async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://aggregator');
    if (await answerProbe(pathname, response, () => Promise.resolve())) return;
    if (!isOurs(request.headers['x-gateway-secret'])) throw unauthenticated();
    const [, wanted] = /^\/quotes\/([^/]+)$/.exec(pathname) ?? [];
    if (wanted === undefined || request.method !== 'GET')
      throw new Refusal('NOT_FOUND', 'Quotes are at /quotes/{symbol}.');
    const code = codeOf(decoded(wanted));
    if (code === undefined) throw new HttpRefusal(400, 'This can be no symbol.');
    answerJson(response, 200, await lookUp(code));
  });
  const stopQueue = redisUrl === undefined ? undefined : await openQueueDoor(redisUrl, lookUp, log);
  return {
    url: door.url,
    async stop() {
      await stopQueue?.();
      await door.stop();
    },
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
