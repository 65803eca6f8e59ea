import { Agent, type Dispatcher, request } from 'undici';
import { headersFor } from '../../identity/forwarding.ts';
import { inTurns } from '../../supergraph/lookup.ts';
import {
  type Upstream,
  type UpstreamRequest,
  type UpstreamSettings,
  type UpstreamStream,
  pauseAfter,
  urlAfter,
} from './upstream.ts';

/** Where one stream is with its subgraph: asked for, or waiting to be asked for again. */
export interface Attempt {
  leaving: AbortController;
  failures: number;
  /** The address at which it began, among those of the subgraph. */
  first: number;
  retry?: NodeJS.Timeout;
}

/** What the protocols have in common by which each stream is a request of its own. */
export abstract class HttpUpstream implements Upstream {
  protected readonly settings: UpstreamSettings;
  readonly #attempts = new Map<UpstreamStream, Attempt>();
  readonly #agent: Agent;
  #trouble: string | undefined;

  constructor(settings: UpstreamSettings) {
    this.settings = settings;
    this.#agent = new Agent({
      connect: {
        ...settings.tls,
        lookup: inTurns,
        timeout: settings.openMs,
        keepAlive: true,
        keepAliveInitialDelay: settings.pingMs,
      },
      headersTimeout: settings.openMs,
      bodyTimeout: 0,
    });
  }

  get size(): number {
    return this.#attempts.size;
  }

  get trouble(): string | undefined {
    return this.#trouble;
  }

  open(stream: UpstreamStream): void {
    this.#try(stream, 0, Math.floor(Math.random() * this.settings.urls.length));
  }

  close(stream: UpstreamStream): void {
    const attempt = this.#attempts.get(stream);
    if (!attempt) return;
    this.#attempts.delete(stream);
    clearTimeout(attempt.retry);
    attempt.leaving.abort();
  }

  async stop(): Promise<void> {
    for (const stream of [...this.#attempts.keys()]) this.close(stream);
    await this.#agent.destroy();
  }

  /** Serves the stream until it is cut, which is when this returns or rejects. Aborted, it is closed. */
  protected abstract serve(stream: UpstreamStream, attempt: Attempt): Promise<void>;

  /** The stream is over at the subgraph: it is forgotten before anybody is told. */
  protected end(stream: UpstreamStream, tell: () => void): void {
    this.close(stream);
    tell();
  }

  /** The subgraph has answered: the next cut begins with short pauses again. */
  protected isServed(stream: UpstreamStream, attempt: Attempt): void {
    attempt.failures = 0;
    this.#trouble = undefined;
    this.settings.opened(stream);
  }

  protected post(
    { caller, ...body }: UpstreamRequest,
    accept: string,
    { leaving: { signal }, first, failures }: Attempt,
    extensions?: object,
  ): Promise<Dispatcher.ResponseData> {
    const { urls, gatewaySecret } = this.settings;
    const headers = headersFor(caller, gatewaySecret);
    headers[headers.indexOf('accept') + 1] = accept;
    return request(urlAfter(urls, first, failures), {
      method: 'POST',
      headers,
      body: JSON.stringify({ ...body, ...(extensions && { extensions }) }),
      dispatcher: this.#agent,
      signal,
    });
  }

  #try(stream: UpstreamStream, failures: number, first: number): void {
    const attempt: Attempt = { leaving: new AbortController(), failures, first };
    this.#attempts.set(stream, attempt);
    const cut = (error?: unknown) => {
      if (attempt.leaving.signal.aborted) return;
      attempt.leaving.abort();
      const { service, log } = this.settings;
      this.#trouble = error instanceof Error ? error.message : 'the answer has ended';
      if (stream.wasOpen) log.warn({ service, reason: this.#trouble }, 'a stream of a subgraph is cut');
      attempt.retry = setTimeout(() => this.#try(stream, attempt.failures + 1, first), pauseAfter(attempt.failures));
    };
    this.serve(stream, attempt).then(() => cut(), cut);
  }
}
