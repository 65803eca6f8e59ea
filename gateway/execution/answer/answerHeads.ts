import type { SendToSubgraph } from '../execution.ts';
import { leastCacheable } from './cacheControl.ts';

/** A header of subgraphs' answers that clients get. */
export interface ResponseRule {
  propagate: string;
  merge: 'first' | 'append' | 'all';
  subgraphs?: readonly string[] | undefined;
}

/** What goes into the head of an answer beside what GraphQL says. */
export interface AnswerHead {
  /** A name may come more than once. */
  headers: readonly (readonly [name: string, value: string])[];
  /** What all subgraphs that had a part allow to caches; absent: nothing. */
  cacheControl?: string | undefined;
}

export interface HeadSettings {
  responseRules: readonly ResponseRule[];
  /** Whether the subgraphs' Cache-Control is made one for the answer. */
  isCacheable: boolean;
}

/** Collects what subgraphs say in the heads of their answers, for one answer of the gateway. */
export class AnswerHeads {
  readonly #settings: HeadSettings;
  readonly #values = new Map<ResponseRule, string[]>();
  readonly #caching: (string | undefined)[] = [];

  constructor(settings: HeadSettings) {
    this.#settings = settings;
  }

  /** The same `send`, and what it is answered is noted. */
  noting(send: SendToSubgraph): SendToSubgraph {
    return async (request) => {
      const answer = await send(request);
      const { headers = {}, errors } = answer;
      this.#caching.push(errors ? undefined : headers['cache-control']?.[0]);
      for (const rule of this.#settings.responseRules) {
        const values = headers[rule.propagate];
        if (!values || !(rule.subgraphs?.includes(request.service) ?? true)) continue;
        this.#values.set(rule, [...(this.#values.get(rule) ?? []), ...values]);
      }
      return answer;
    };
  }

  head(): AnswerHead {
    const headers = [...this.#values].flatMap(([{ propagate, merge }, values]): [string, string][] => {
      if (merge === 'all') return values.map((value) => [propagate, value]);
      return [[propagate, merge === 'append' ? values.join(', ') : values[0]!]];
    });
    return { headers, ...(this.#settings.isCacheable && { cacheControl: leastCacheable(this.#caching) }) };
  }
}
