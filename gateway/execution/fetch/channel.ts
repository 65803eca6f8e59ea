import { CircuitBreaker } from '../../../shared/process/circuitBreaker.ts';
import type { Log } from '../../../shared/process/log.ts';
import type { SubgraphTerms } from '../../supergraph/subgraphTerms.ts';
import { asAnswer } from '../answer/answer.ts';
import type { SubgraphAnswer } from '../execution.ts';
import { decoded } from './decoding.ts';
import { Gate, NeverSent, Overfull } from './gate.ts';
import { Abandoned, type Headers, type Posted, TooLate, post } from './post.ts';
import { type Replica, Replicas } from './replicas.ts';

/** What a subgraph said, and how. */
export interface ChannelAnswer extends Pick<Posted, 'status' | 'headers'> {
  answer: SubgraphAnswer;
}

/** Another attempt may succeed: the subgraph could not be reached, or said that it cannot serve at the moment. */
class Passing extends Error {}

/** The kept connections to one subgraph, and the rules by which it is asked. */
export class Channel {
  readonly #service: string;
  readonly #replicas: Replicas;
  readonly #terms: SubgraphTerms;
  readonly #accepted: string;
  readonly #gate: Gate;
  readonly #breaker: CircuitBreaker;
  readonly #log: Log;

  constructor(service: string, url: string, terms: SubgraphTerms, log: Log) {
    this.#service = service;
    this.#terms = terms;
    this.#accepted = terms.encodings.join(', ');
    const { connections, queue, circuitBreaker } = terms;
    this.#replicas = new Replicas(url, terms);
    this.#gate = new Gate(connections * this.#replicas.size, queue);
    this.#breaker = new CircuitBreaker(circuitBreaker);
    this.#log = log;
  }

  /** One answer, whatever it says. Rejects when there is none in time, or when nobody waits for it any more. */
  async ask(headers: Headers, body: string, mayRepeat: boolean, signal?: AbortSignal): Promise<ChannelAnswer> {
    this.#breaker.pass();
    if (this.#accepted) headers.push('accept-encoding', this.#accepted);
    try {
      const answer = await this.#askPatiently(headers, body, mayRepeat, signal);
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
    return this.#replicas.stop();
  }

  /**
   * All attempts share one time. What one address cannot serve another gets at once, a mutation only if it was never sent. A kept
   * connection may be closed at the moment it is used: then a query is asked again in any case.
   */
  async #askPatiently(
    headers: Headers,
    body: string,
    mayRepeat: boolean,
    signal: AbortSignal | undefined,
  ): Promise<ChannelAnswer> {
    const { timeoutMs, retries } = this.#terms;
    const end = performance.now() + timeoutMs;
    const tried = new Set<Replica>();
    let wasCut = false;
    for (let failures = 0; ;) {
      const leftMs = Math.floor(end - performance.now());
      try {
        const answer = await this.#askOnce(tried, headers, body, leftMs, signal);
        if (!mayRepeat || failures >= retries || answer.status < 500 || answer.answer.data) return answer;
      } catch (error) {
        if (performance.now() + 1 > end || !(mayRepeat || isUnreachable(error))) throw error;
        if (tried.size < this.#replicas.size && isPassing(error)) continue;
        const isCut: boolean = mayRepeat && isCutOff(error) && !wasCut;
        if (!isCut && !(mayRepeat && failures < retries && isPassing(error))) throw error;
        wasCut ||= isCut;
        tried.clear();
        if (isCut) continue;
      }
      tried.clear();
      const pauseMs = Math.min(50 * 2 ** failures++, 1000) * (0.5 + Math.random());
      if (performance.now() + pauseMs > end) throw new TooLate(`no usable answer within ${timeoutMs} ms`);
      await new Promise((resolve) => setTimeout(resolve, pauseMs).unref());
    }
  }

  /** At an address that was not tried. */
  async #askOnce(
    tried: Set<Replica>,
    headers: Headers,
    body: string,
    withinMs: number,
    signal: AbortSignal | undefined,
  ): Promise<ChannelAnswer> {
    const began = performance.now();
    const entering = this.#gate.enter(withinMs, signal);
    if (entering) await entering;
    const replica = this.#replicas.next(tried)!;
    tried.add(replica);
    replica.busy++;
    try {
      const timeoutMs = entering ? Math.max(1, withinMs - (performance.now() - began)) : withinMs;
      const limits = { timeoutMs, answerLimit: this.#terms.answerBytes, signal };
      const posted = await post(replica.pool, replica.path, headers, body, limits);
      const answer = await this.#read(posted);
      // Who ends its connections leaves, and answers only as long as it takes everyone to notice.
      if (posted.headers['connection'] === 'close') replica.breaker.failed();
      else replica.breaker.answered();
      return answer;
    } catch (error) {
      if (error instanceof Abandoned) replica.breaker.abandoned();
      else replica.breaker.failed();
      throw error;
    } finally {
      replica.busy--;
      this.#gate.leave();
    }
  }

  async #read({ status, headers, body }: Posted): Promise<ChannelAnswer> {
    const { answerBytes, encodings } = this.#terms;
    const type = String(headers['content-type'] ?? '');
    if (!/^application\/(graphql-response\+)?json\b/.test(type)) {
      const sentence = `it answered ${status} with "${type.slice(0, 100)}"`;
      throw status >= 500 ? new Passing(sentence) : new Error(sentence);
    }
    const encoding = String(headers['content-encoding'] ?? 'identity').toLowerCase();
    const whole = encoding === 'identity' ? body : await decoded(body, encoding, encodings, answerBytes);
    return { status, headers, answer: asAnswer(whole.toString('utf8')) };
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
/** Then nothing was sent. */
const isUnreachable = (error: unknown) => unreachable.includes(codeOf(error));
const isPassing = (error: unknown) => error instanceof Passing || isCutOff(error) || isUnreachable(error);
