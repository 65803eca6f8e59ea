import { type Caller, identityOf } from '../../identity/forwarding.ts';
import type { SendToSubgraph, SubgraphAnswer } from '../execution.ts';
import { copy } from '../answer/merge.ts';
import type { JsonObject } from '../answer/path.ts';

interface Running<Answer> {
  answer: Promise<Answer>;
  /** Callers that have not received the answer yet, and have not left. */
  waiting: number;
  /** Nobody waits any more: it is not joined, and what it has under way is abandoned. */
  abandon(): void;
}

/**
 * Executes equal requests of one identity that overlap in time once and gives every caller the answer. Reads are monotonic per identity: a
 * request never joins an execution that began before that identity's last response.
 */
export class SingleFlight<Answer> {
  readonly #byIdentity = new Map<string, Map<string, Running<Answer>>>();

  /**
   * Executes `ask`, or joins the execution that is under way. Its signal, if there is one, is aborted when the last caller has left. `isLast`: no other caller will
   * receive the answer.
   */
  async join(
    caller: Caller,
    key: string,
    ask: (signal: AbortSignal | undefined) => Promise<Answer>,
  ): Promise<{ answer: Answer; isLast: boolean }> {
    const identity = identityOf(caller);
    let executions = this.#byIdentity.get(identity);
    if (!executions) this.#byIdentity.set(identity, (executions = new Map()));
    const { signal } = caller;
    const running = executions.get(key) ?? this.#start(identity, executions, key, ask, signal !== undefined);
    running.waiting++;
    const leave = () => {
      if (--running.waiting === 0) running.abandon();
    };
    if (signal?.aborted) leave();
    signal?.addEventListener('abort', leave);
    const answer = await running.answer;
    signal?.removeEventListener('abort', leave);
    return { answer, isLast: !signal?.aborted && --running.waiting === 0 };
  }

  /** Ends joining for what this identity has under way: it may be older than the response that the identity is about to get. */
  forget(caller: Caller): void {
    this.#byIdentity.delete(identityOf(caller));
  }

  #start(
    identity: string,
    executions: Map<string, Running<Answer>>,
    key: string,
    ask: (signal: AbortSignal | undefined) => Promise<Answer>,
    canEnd: boolean,
  ): Running<Answer> {
    // Where the first caller cannot leave, it waits to the end, and so does whoever joins it.
    const controller = canEnd ? new AbortController() : undefined;
    const end = () => {
      if (executions.get(key) !== running) return;
      executions.delete(key);
      if (executions.size === 0 && this.#byIdentity.get(identity) === executions) this.#byIdentity.delete(identity);
    };
    const abandon = () => {
      end();
      controller?.abort();
    };
    const running: Running<Answer> = { answer: ask(controller?.signal).finally(end), waiting: 0, abandon };
    executions.set(key, running);
    return running;
  }
}

/** Sends a request unless an equal one is under way. Each receiver owns its answer and may change it. */
export function sendOnce(send: SendToSubgraph, requests: SingleFlight<SubgraphAnswer>): SendToSubgraph {
  return async (request) => {
    const key = `${request.caller.cache ?? ''} ${request.service} ${request.body}`;
    const { answer, isLast } = await requests.join(request.caller, key, (signal) =>
      send({ ...request, caller: { ...request.caller, signal } }),
    );
    // The last receiver gets the original, the others copies.
    return isLast ? answer : { ...answer, data: copy(answer.data as JsonObject | null | undefined) ?? null };
  };
}
