import type { Caller } from '../forwarding.ts';
import type { SendToSubgraph, SubgraphAnswer, SubgraphRequest } from './execution.ts';
import { copy } from './merge.ts';
import type { JsonObject } from './path.ts';

/** Whoever a subgraph takes the caller for: all that travels with a request and can change its answer. */
const identityOf = ({ authorization }: Caller): string => authorization ?? '';

interface Flight {
  answer: Promise<SubgraphAnswer>;
  /** Callers that have not taken the answer yet. */
  waiting: number;
}

/** Lets equal queries of one identity, asked of a subgraph at the same time, share one request. */
export class Flights {
  readonly #byIdentity = new Map<string, Map<string, Flight>>();
  readonly #send: SendToSubgraph;

  constructor(send: SendToSubgraph) {
    this.#send = send;
  }

  /** Asks, or joins who asks already. The answer may be changed by its receiver: nobody else has it. */
  async ask(request: SubgraphRequest): Promise<SubgraphAnswer> {
    const identity = identityOf(request.caller);
    let flights = this.#byIdentity.get(identity);
    if (!flights) this.#byIdentity.set(identity, (flights = new Map()));
    const key = `${request.service} ${request.body}`;
    const flight = flights.get(key) ?? this.#start(identity, flights, key, request);
    flight.waiting++;
    const answer = await flight.answer;
    flight.waiting--;
    // The last one may have the original.
    return flight.waiting === 0
      ? answer
      : { ...answer, data: copy(answer.data as JsonObject | null | undefined) ?? null };
  }

  /** From now on nobody of this identity joins a request that is under way: its answer may be older than what a mutation changed. */
  forget(caller: Caller): void {
    this.#byIdentity.delete(identityOf(caller));
  }

  #start(identity: string, flights: Map<string, Flight>, key: string, request: SubgraphRequest): Flight {
    const land = () => {
      flights.delete(key);
      if (flights.size === 0 && this.#byIdentity.get(identity) === flights) this.#byIdentity.delete(identity);
    };
    const flight: Flight = { answer: this.#send(request).finally(land), waiting: 0 };
    flights.set(key, flight);
    return flight;
  }
}
