import { AtRest, CircuitBreaker } from '../../../shared/process/circuitBreaker.ts';
import type { Log } from '../../../shared/process/log.ts';
import { LruCache } from '../../../shared/lruCache.ts';
import type { Quote } from '../quote.rules.ts';
import { ProviderFault, readQuote } from './csv.ts';
import type { Provider } from './provider.ts';

/** What has become of a look-up. */
export type Outcome =
  | { is: 'found'; quote: Quote }
  | { is: 'unknown' }
  /** The provider cannot be asked. `last` is the last quote that is known. */
  | { is: 'away'; retryAfterSeconds: number; last: Quote | null };

export interface LookupSettings {
  /** For how long an answer of the provider serves. */
  freshMs?: number;
  /** For how long nobody asks again for what has just failed. */
  pauseMs?: number;
  breaker?: { failures: number; pauseMs: number };
  /** Requests to the provider at the same time; who comes then is told to come again. */
  atOnce?: number;
}

const symbolsKept = 10_000;

interface Flight {
  outcome: Promise<Outcome>;
  /** Of the clock of `performance`; while it is under way it is never old. */
  freshUntil: number;
}

/** Looks quotes up at a provider, each symbol at most once in a while, and once for all who ask at the same time. Never rejects. */
export function openLookups(provider: Provider, log: Log, settings: LookupSettings = {}) {
  const { freshMs = 15_000, pauseMs = 1000, breaker = { failures: 5, pauseMs: 5000 }, atOnce = 16 } = settings;
  const circuit = new CircuitBreaker(breaker);
  const flights = new LruCache<Flight>(symbolsKept);
  const last = new LruCache<{ quote: Quote | null }>(symbolsKept);
  let asking = 0;

  const ask = async (code: string): Promise<Quote | null> => {
    if (asking >= atOnce) throw new AtRest('the provider has enough to do');
    circuit.pass();
    asking++;
    try {
      const text = await provider(code);
      circuit.answered();
      return readQuote(text, code);
    } catch (error) {
      // What is wrong with one symbol's answer says nothing of the others.
      if (error instanceof ProviderFault) circuit.answered();
      else if (circuit.failed()) log.warn({ error: String(error) }, 'the provider of quotes is not asked for a while');
      throw error;
    } finally {
      asking--;
    }
  };
  const lookUp = async (code: string): Promise<Outcome> => {
    const kept = last.get(code, () => ({ quote: null }));
    try {
      const quote = await ask(code);
      if (!quote) return { is: 'unknown' };
      kept.quote = quote;
      return { is: 'found', quote };
    } catch (error) {
      log.info({ code, error: String(error) }, 'a quote could not be looked up');
      const retryAfterSeconds = Math.ceil((circuit.isOpen ? breaker.pauseMs : pauseMs) / 1000);
      return { is: 'away', retryAfterSeconds, last: kept.quote };
    }
  };
  const take = (code: string): Flight => {
    const flight: Flight = { outcome: lookUp(code), freshUntil: Infinity };
    void flight.outcome.then(({ is }) => (flight.freshUntil = performance.now() + (is === 'away' ? pauseMs : freshMs)));
    return flight;
  };
  return (code: string): Promise<Outcome> => {
    if (flights.get(code, () => take(code)).freshUntil <= performance.now()) flights.delete(code);
    return flights.get(code, () => take(code)).outcome;
  };
}

export type Lookups = ReturnType<typeof openLookups>;
