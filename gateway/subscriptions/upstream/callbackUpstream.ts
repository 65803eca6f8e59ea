import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import { readBody } from '../../../shared/process/http.ts';
import { parseJson } from '../../doors/http/operationText.ts';
import { type Attempt, HttpUpstream } from './httpUpstream.ts';
import { type UpstreamSettings, type UpstreamStream, refusalIn } from './upstream.ts';

/** What a subgraph calls back with. */
interface Callback {
  kind?: unknown;
  action?: 'check' | 'next' | 'complete';
  id?: unknown;
  verifier?: unknown;
  payload?: unknown;
  errors?: readonly GraphQLFormattedError[];
}

interface Awaited {
  verifier: Buffer;
  hear(callback: Callback): void;
}

const path = '/callback/';
const largestCallback = 1024 * 1024;

/** Where subgraphs call back: at the gateway's own address, below /callback/. */
export class CallbackDoor {
  /** The address by which subgraphs reach this process. */
  readonly #url: string;
  readonly heartbeatMs: number;
  readonly #awaited = new Map<string, Awaited>();

  constructor(url: string, heartbeatMs: number) {
    this.#url = url.replace(/\/$/, '');
    this.heartbeatMs = heartbeatMs;
  }

  /** Awaits callbacks under a new id. What is returned last ends that. */
  expect(hear: Awaited['hear']): { extension: object; forget: () => void } {
    const [id, verifier] = [randomUUID(), randomBytes(24).toString('base64url')];
    this.#awaited.set(id, { verifier: digest(verifier), hear });
    const extension = {
      callbackUrl: `${this.#url}${path}${id}`,
      subscriptionId: id,
      verifier,
      heartbeatIntervalMs: this.heartbeatMs,
    };
    return { extension, forget: () => void this.#awaited.delete(id) };
  }

  /** True when the request was for this door, and is answered. */
  async answer(at: string, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    if (!at.startsWith(path)) return false;
    const id = at.slice(path.length);
    response.setHeader('subscription-protocol', 'callback');
    const awaited = this.#awaited.get(id);
    // The subgraph ends a stream that nobody awaits any more.
    if (!awaited) return answered(response, 404);
    const callback = parseJson(await readBody(request, largestCallback)) as Callback;
    const isGenuine =
      request.method === 'POST' &&
      callback?.kind === 'subscription' &&
      callback.id === id &&
      typeof callback.verifier === 'string' &&
      timingSafeEqual(digest(callback.verifier), awaited.verifier);
    const status = isGenuine && statuses[callback.action ?? ''];
    if (!status) return answered(response, 400);
    awaited.hear(callback);
    return answered(response, status);
  }
}

/** Apollo's HTTP callback protocol: a subscription is asked for by POST, and its events are posted to the gateway. */
export class CallbackUpstream extends HttpUpstream {
  readonly #door: CallbackDoor;

  constructor(settings: UpstreamSettings, door: CallbackDoor) {
    super(settings);
    this.#door = door;
  }

  protected override async serve(stream: UpstreamStream, attempt: Attempt): Promise<void> {
    const { signal } = attempt.leaving;
    const { openMs, count } = this.settings;
    const { heartbeatMs } = this.#door;
    let isOpen = false;
    let timer: NodeJS.Timeout | undefined;
    const { promise: silence, reject: cut } = Promise.withResolvers<never>();
    silence.catch(() => {}); // the stream may be over before anybody waits for its silence
    /** Three heartbeats may be missed. */
    const listen = (ms: number) => {
      clearTimeout(timer);
      if (ms > 0) timer = setTimeout(() => cut(new Error(`nothing was heard for ${ms} ms`)), ms);
    };
    const { extension, forget } = this.#door.expect(({ action, payload, errors }) => {
      listen(3 * heartbeatMs);
      if (!isOpen) count(1);
      isOpen = true;
      this.isServed(stream, attempt);
      const refusal =
        action === 'next' ? refusalIn(payload) : action === 'complete' && errors?.length ? errors : undefined;
      if (refusal) this.end(stream, () => this.settings.refused(stream, refusal));
      else if (action === 'next') stream.next(payload as ExecutionResult);
      else if (action === 'complete') this.end(stream, () => stream.complete());
    });
    signal.addEventListener('abort', () => cut(new Error('it is closed')));
    listen(openMs);
    try {
      const accept = 'application/json;callbackSpec=1.0, application/json';
      const { body } = await this.post(stream.request(), accept, attempt, { subscription: extension });
      const answer = (await body.json()) as { data?: unknown; errors?: GraphQLFormattedError[] };
      if (answer.errors?.length) return this.end(stream, () => this.settings.refused(stream, answer.errors!));
      await silence;
    } finally {
      clearTimeout(timer);
      forget();
      if (isOpen) count(-1);
    }
  }
}

const statuses: Readonly<Record<string, number>> = { check: 204, next: 200, complete: 202 };

function answered(response: ServerResponse, status: number): true {
  response.writeHead(status).end();
  return true;
}

const digest = (text: string) => createHash('sha256').update(text).digest();
