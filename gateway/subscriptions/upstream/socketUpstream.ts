import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL, MessageType } from 'graphql-ws';
import { WebSocket } from 'ws';
import { parseExact } from '../../execution/answer/exactJson.ts';
import { extensionsFor } from '../../identity/forwarding.ts';
import { inTurns } from '../../supergraph/lookup.ts';
import {
  type Upstream,
  type UpstreamSettings,
  type UpstreamStream,
  pauseAfter,
  refusalIn,
  urlAfter,
} from './upstream.ts';

const idleMs = 3000;
/** So many subscribes are sent at a time: reopening thousands of streams holds up nothing else. */
const together = 200;

/** One graphql-transport-ws socket that carries every stream of a subgraph. It is open while there is one; lost, it is opened again, and every stream with it. */
export class SocketUpstream implements Upstream {
  readonly #settings: UpstreamSettings;
  /** Among the addresses: of many gateways some begin at each. */
  readonly #first: number;
  readonly #streams = new Map<string, UpstreamStream>();
  readonly #ids = new Map<UpstreamStream, string>();
  #unsent: UpstreamStream[] = [];
  #socket: WebSocket | undefined;
  #isOpen = false;
  #isAlive = true;
  #lastId = 0;
  #failures = 0;
  #trouble: string | undefined;
  #stopped = false;
  #retry: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;
  #pinging: NodeJS.Timeout | undefined;

  constructor(settings: UpstreamSettings) {
    this.#settings = settings;
    this.#first = Math.floor(Math.random() * settings.urls.length);
  }

  get size(): number {
    return this.#streams.size;
  }

  get trouble(): string | undefined {
    return this.#trouble;
  }

  open(stream: UpstreamStream): void {
    if (this.#stopped) return;
    const id = String(++this.#lastId);
    this.#ids.set(stream, id);
    this.#streams.set(id, stream);
    this.#unsent.push(stream);
    if (this.#isOpen && this.#unsent.length === 1) setImmediate(() => this.#sendSome());
    if (!this.#socket && !this.#retry) this.#connect();
  }

  close(stream: UpstreamStream): void {
    const id = this.#ids.get(stream);
    if (id === undefined) return;
    this.#forget(stream, id);
    if (this.#isOpen) this.#send({ id, type: MessageType.Complete });
    if (this.#streams.size > 0) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#streams.size === 0 && this.#socket?.close(1000), idleMs).unref();
  }

  stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#idle);
    this.#streams.clear();
    this.#ids.clear();
    const socket = this.#socket;
    if (!socket) return Promise.resolve();
    return new Promise((resolve) => {
      const cut = setTimeout(() => socket.terminate(), 1000);
      socket.once('close', () => (clearTimeout(cut), resolve()));
      socket.close(1000);
    });
  }

  #send(message: object): void {
    this.#socket!.send(JSON.stringify(message));
  }

  #sendSome(): void {
    if (!this.#isOpen) return;
    for (const stream of this.#unsent.splice(0, together)) {
      const id = this.#ids.get(stream);
      if (id === undefined) continue;
      const { caller, ...request } = stream.request();
      this.#send({ id, type: MessageType.Subscribe, payload: { ...request, extensions: extensionsFor(caller) } });
      this.#settings.opened(stream);
    }
    if (this.#unsent.length > 0) setImmediate(() => this.#sendSome());
  }

  #connect(): void {
    const { urls, gatewaySecret, connectionParams, tls, pingMs } = this.#settings;
    this.#retry = undefined;
    const socket = new WebSocket(urlAfter(urls, this.#first, this.#failures), GRAPHQL_TRANSPORT_WS_PROTOCOL, {
      ...tls,
      lookup: inTurns,
      perMessageDeflate: false,
      handshakeTimeout: 5000,
    });
    this.#socket = socket;
    this.#isAlive = true;
    socket.on('error', ({ message }) => (this.#trouble = message)); // `close` follows
    socket.on('open', () =>
      this.#send({ type: MessageType.ConnectionInit, payload: { ...connectionParams, gatewaySecret } }),
    );
    socket.on('pong', () => (this.#isAlive = true));
    socket.on('close', (code, reason) => this.#isCut(code, String(reason)));
    socket.on('message', (data) => {
      try {
        this.#hear(String(data));
      } catch (error) {
        this.#settings.log.error({ err: error, service: this.#settings.service }, 'a message of a subgraph is no use');
        socket.terminate();
      }
    });
    this.#pinging = setInterval(() => {
      if (!this.#isAlive || !this.#isOpen) return socket.terminate();
      this.#isAlive = false;
      socket.ping();
    }, pingMs);
  }

  #isCut(code: number, reason: string): void {
    const { service, log, count } = this.#settings;
    clearInterval(this.#pinging);
    if (this.#isOpen) count(-1);
    // An error was told before; all else the subgraph has said by closing.
    if (code !== 1006 || !this.#trouble) this.#trouble = `closed with ${code} ${reason}`.trim();
    const cut = { service, code, reason: this.#trouble, streams: this.#streams.size };
    if (this.#isOpen && this.#streams.size > 0) log.warn(cut, 'the streams of a subgraph are cut');
    // Told again, though ever more rarely, as long as it lasts.
    else if (isPowerOfTwo(this.#failures) && this.#failures > 4 && this.#streams.size > 0)
      log.warn(cut, 'no connection to the streams of a subgraph');
    this.#isOpen = false;
    this.#socket = undefined;
    if (this.#stopped || this.#streams.size === 0) return;
    this.#unsent = [...this.#streams.values()];
    this.#retry = setTimeout(() => this.#connect(), pauseAfter(this.#failures++));
  }

  #hear(text: string): void {
    const message = parseExact(text) as { type: string; id?: string; payload?: unknown };
    if (message.type === MessageType.Ping) return this.#send({ type: MessageType.Pong });
    if (message.type === MessageType.ConnectionAck) {
      const { service, log, count } = this.#settings;
      this.#isOpen = true;
      this.#failures = 0;
      this.#trouble = undefined;
      count(1);
      log.info({ service, streams: this.#streams.size }, 'connected to the streams of a subgraph');
      return this.#sendSome();
    }
    const id = message.id ?? '';
    const stream = this.#streams.get(id);
    if (!stream) return; // it was closed while this was on its way
    const refusal = refusalOf(message);
    if (message.type === MessageType.Next && !refusal) return stream.next(message.payload as ExecutionResult);
    this.#forget(stream, id);
    if (refusal) this.#settings.refused(stream, refusal);
    else stream.complete();
  }

  #forget(stream: UpstreamStream, id: string): void {
    this.#streams.delete(id);
    this.#ids.delete(stream);
  }
}

const isPowerOfTwo = (count: number) => (count & (count - 1)) === 0;

/** A stream that cannot be opened is an `error`, or a result that is a refusal. */
const refusalOf = ({ type, payload }: { type: string; payload?: unknown }) =>
  type === MessageType.Error ? (payload as GraphQLFormattedError[]) : refusalIn(payload);
