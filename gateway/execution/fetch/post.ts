import type { Dispatcher, Pool } from 'undici';

export interface Posted {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Buffer;
}

/** Names and values in turn. */
export type Headers = string[];

export interface PostLimits {
  timeoutMs: number;
  /** In bytes. */
  answerLimit: number;
  /** Aborted when nobody waits for the answer any more. */
  signal?: AbortSignal | undefined;
}

export class TooLate extends Error {}
export class Abandoned extends Error {}

/** One POST by undici's innermost interface: no stream, no abort signal and no header object is made for an answer that is wanted whole. */
export function post(pool: Pool, path: string, headers: Headers, body: string, limits: PostLimits): Promise<Posted> {
  if (limits.signal?.aborted) return Promise.reject(new Abandoned());
  return new Promise((resolve, reject) =>
    pool.dispatch({ path, method: 'POST', headers, body }, new Answer(resolve, reject, limits)),
  );
}

class Answer implements Dispatcher.DispatchHandler {
  #controller: Dispatcher.DispatchController | undefined;
  #failure: Error | undefined;
  #status = 0;
  #headers: Posted['headers'] = {};
  #size = 0;
  #chunks: Buffer[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly #resolve: (posted: Posted) => void;
  readonly #reject: (error: Error) => void;
  readonly #answerLimit: number;
  readonly #signal: AbortSignal | undefined;
  readonly #abandon = () => this.#fail(new Abandoned());

  constructor(resolve: (posted: Posted) => void, reject: (error: Error) => void, limits: PostLimits) {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#answerLimit = limits.answerLimit;
    this.#signal = limits.signal;
    this.#signal?.addEventListener('abort', this.#abandon);
    this.#timer = setTimeout(
      () => this.#fail(new TooLate(`no whole answer within ${limits.timeoutMs} ms`)),
      limits.timeoutMs,
    );
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It has failed while it waited for a connection.
    if (this.#failure) controller.abort(this.#failure);
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.#status = status;
    this.#headers = headers;
    if (Number(headers['content-length']) > this.#answerLimit) this.#refuse();
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > this.#answerLimit) this.#refuse();
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#settle();
    const chunks = this.#chunks;
    this.#resolve({
      status: this.#status,
      headers: this.#headers,
      body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, this.#size),
    });
  }

  onResponseError(_: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#fail(error);
  }

  #refuse(): void {
    this.#fail(new Error(`the answer is larger than ${this.#answerLimit} bytes`));
  }

  #settle(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#abandon);
  }

  #fail(error: Error): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#settle();
    this.#chunks = [];
    this.#controller?.abort(error);
    this.#reject(error);
  }
}
