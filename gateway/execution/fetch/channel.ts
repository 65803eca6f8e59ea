import { Pool } from 'undici';
import { CircuitBreaker } from '../../../shared/circuitBreaker.ts';
import type { Log } from '../../../shared/log.ts';
import type { SubgraphTerms } from '../../supergraph/subgraphTerms.ts';
import { asAnswer } from '../answer/answer.ts';
import type { SubgraphAnswer } from '../execution.ts';
import { decoded } from './decoding.ts';
import { Gate, NeverSent, Overfull } from './gate.ts';
import { Abandoned, type Headers, type Posted, TooLate, post } from './post.ts';

/** What a subgraph said, and how. */
export interface ChannelAnswer extends Pick<Posted, 'status' | 'headers'> {
  answer: SubgraphAnswer;
}

/** Another attempt may succeed: the subgraph could not be reached, or said that it cannot serve at the moment. */
class Passing extends Error {}

/** The kept connections to one subgraph, and the rules by which it is asked. */
export class Channel {
  readonly #service: string;
  readonly #pool: Pool;
  readonly #path: string;
  readonly #terms: SubgraphTerms;
  readonly #accepted: string;
  readonly #gate: Gate;
  readonly #breaker: CircuitBreaker;
  readonly #log: Log;

  constructor(service: string, url: string, terms: SubgraphTerms, log: Log) {
    const { origin, pathname, search } = new URL(url);
    this.#service = service;
    this.#path = pathname + search;
    this.#terms = terms;
    this.#accepted = terms.encodings.join(', ');
    const { connections, queue, circuitBreaker, tls } = terms;
    this.#pool = new Pool(origin, { connections, keepAliveTimeout: 60_000, connect: tls });
    this.#gate = new Gate(connections, queue);
    this.#breaker = new CircuitBreaker(circuitBreaker);
    this.#log = log;
  }

  /** One answer, whatever it says. Rejects when there is none in time, or when nobody waits for it any more. */
  async ask(headers: Headers, body: string, mayRepeat: boolean, signal?: AbortSignal): Promise<ChannelAnswer> {
    this.#breaker.pass();
    if (this.#accepted) headers.push('accept-encoding', this.#accepted);
    try {
      const answer = await (mayRepeat ? this.#askPatiently(headers, body, signal) : this.#askOnce(headers, body));
      if (this.#breaker.answered()) this.#log.info({ service: this.#service }, 'a subgraph answers again');
      return answer;
    } catch (error) {
      // What was never sent says nothing about the subgraph.
      const isUnsent = error instanceof Abandoned || error instanceof Overfull || error instanceof NeverSent;
      if (isUnsent) this.#breaker.abandoned();
      else if (this.#breaker.failed())
        this.#log.warn({ service: this.#service }, 'a subgraph does not answer, and is not asked for a while');
      throw error;
    }
  }

  stop(): Promise<void> {
    return this.#pool.destroy();
  }

  /** All attempts share one time. A kept connection may be closed at the moment it is used: then another is tried in any case. */
  async #askPatiently(headers: Headers, body: string, signal: AbortSignal | undefined): Promise<ChannelAnswer> {
    const { timeoutMs, retries } = this.#terms;
    const end = performance.now() + timeoutMs;
    let wasCut = false;
    for (let failures = 0; ;) {
      const leftMs = Math.floor(end - performance.now());
      try {
        const answer = await this.#askOnce(headers, body, leftMs, signal);
        if (failures >= retries || answer.status < 500 || answer.answer.data) return answer;
      } catch (error) {
        const isCut: boolean = isCutOff(error) && !wasCut;
        if (performance.now() + 1 > end || !(isCut || (failures < retries && isPassing(error)))) throw error;
        wasCut ||= isCut;
        if (isCut) continue;
      }
      const pauseMs = Math.min(50 * 2 ** failures++, 1000) * (0.5 + Math.random());
      if (performance.now() + pauseMs > end) throw new TooLate(`no usable answer within ${timeoutMs} ms`);
      await new Promise((resolve) => setTimeout(resolve, pauseMs).unref());
    }
  }

  async #askOnce(
    headers: Headers,
    body: string,
    withinMs = this.#terms.timeoutMs,
    signal?: AbortSignal,
  ): Promise<ChannelAnswer> {
    const began = performance.now();
    const entering = this.#gate.enter(withinMs, signal);
    if (entering) await entering;
    try {
      const timeoutMs = entering ? Math.max(1, withinMs - (performance.now() - began)) : withinMs;
      const { answerBytes, encodings } = this.#terms;
      const limits = { timeoutMs, answerLimit: answerBytes, signal };
      const { status, headers: said, body: bytes } = await post(this.#pool, this.#path, headers, body, limits);
      const type = String(said['content-type'] ?? '');
      if (!/^application\/(graphql-response\+)?json\b/.test(type)) {
        const sentence = `it answered ${status} with "${type.slice(0, 100)}"`;
        throw status >= 500 ? new Passing(sentence) : new Error(sentence);
      }
      const encoding = String(said['content-encoding'] ?? 'identity').toLowerCase();
      const whole = encoding === 'identity' ? bytes : await decoded(bytes, encoding, encodings, answerBytes);
      return { status, headers: said, answer: asAnswer(whole.toString('utf8')) };
    } finally {
      this.#gate.leave();
    }
  }
}

const codeOf = (error: unknown) => String((error as { code?: unknown }).code);
const isCutOff = (error: unknown) => ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(codeOf(error));
const unreachable = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
];
const isPassing = (error: unknown) =>
  error instanceof Passing || isCutOff(error) || unreachable.includes(codeOf(error));
