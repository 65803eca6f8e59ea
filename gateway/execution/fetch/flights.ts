import type { Caller } from '../../identity/forwarding.ts';
import type { SendToSubgraph, SubgraphAnswer } from '../execution.ts';
import { copy } from '../answer/merge.ts';
import type { JsonObject } from '../answer/path.ts';

/** Whoever a subgraph takes the caller for: all that travels with a request and can change its answer. */
const identityOf = ({ authorization }: Caller): string => authorization ?? '';

interface Flight<Answer> {
  answer: Promise<Answer>;
  /** Callers that have not taken the answer yet. */
  waiting: number;
}

/**
 * Lets equal questions of one identity, asked at the same time, share one answer. Whoever has been answered never gets an older state by a
 * later question: what was under way then is not joined any more.
 */
export class Flights<Answer> {
  readonly #byIdentity = new Map<string, Map<string, Flight<Answer>>>();

  /** Asks, or joins who asks already. `isLast`: nobody else will take the answer. */
  async join(caller: Caller, key: string, ask: () => Promise<Answer>): Promise<{ answer: Answer; isLast: boolean }> {
    const identity = identityOf(caller);
    let flights = this.#byIdentity.get(identity);
    if (!flights) this.#byIdentity.set(identity, (flights = new Map()));
    const flight = flights.get(key) ?? this.#start(identity, flights, key, ask);
    flight.waiting++;
    const answer = await flight.answer;
    return { answer, isLast: --flight.waiting === 0 };
  }

  /** From now on nobody of this identity joins what is under way: it may be older than what this identity knows now. */
  forget(caller: Caller): void {
    this.#byIdentity.delete(identityOf(caller));
  }

  #start(
    identity: string,
    flights: Map<string, Flight<Answer>>,
    key: string,
    ask: () => Promise<Answer>,
  ): Flight<Answer> {
    const land = () => {
      flights.delete(key);
      if (flights.size === 0 && this.#byIdentity.get(identity) === flights) this.#byIdentity.delete(identity);
    };
    const flight = { answer: ask().finally(land), waiting: 0 };
    flights.set(key, flight);
    return flight;
  }
}

/** Sends what nobody sends already. The answer may be changed by its receiver: nobody else has it. */
export function sendOnce(send: SendToSubgraph, flights: Flights<SubgraphAnswer>): SendToSubgraph {
  return async (request) => {
    const key = `${request.service} ${request.body}`;
    const { answer, isLast } = await flights.join(request.caller, key, () => send(request));
    // The last one may have the original.
    return isLast ? answer : { ...answer, data: copy(answer.data as JsonObject | null | undefined) ?? null };
  };
}
