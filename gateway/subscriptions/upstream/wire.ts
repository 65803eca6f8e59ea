import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL, MessageType, type SubscribePayload } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Log } from '../../../shared/log.ts';

/** One stream on the wire, as long as it is open. */
export interface WireStream {
  /** By which the two ends of the wire know it. */
  wireId?: string;
  /** What to subscribe to; asked again after a cut, when the stream goes on elsewhere and perhaps in another's name. */
  payload(): SubscribePayload;
  next(result: ExecutionResult): void;
  /** The subgraph refuses the stream. True when it is to be asked again. */
  refused(errors: readonly GraphQLFormattedError[]): boolean;
  complete(): void;
}

export interface WireSettings {
  service: string;
  /** ws://host/graphql */
  url: string;
  gatewaySecret: string;
  pingMs: number;
  /** Told 1 when the wire opens and -1 when it is cut. */
  count(change: 1 | -1): void;
  log: Log;
}

const idleMs = 3000;
/** So many subscribes are sent at a time: reopening thousands of streams holds up nothing else. */
const together = 200;

/** One socket to a subgraph that carries every stream from it. It is open while there is one; lost, it is opened again, and every stream with it. */
export class Wire {
  readonly #settings: WireSettings;
  readonly #streams = new Map<string, WireStream>();
  #unsent: WireStream[] = [];
  #socket: WebSocket | undefined;
  #isOpen = false;
  #isAlive = true;
  #lastId = 0;
  #failures = 0;
  #stopped = false;
  #retry: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;
  #pinging: NodeJS.Timeout | undefined;

  constructor(settings: WireSettings) {
    this.#settings = settings;
  }

  get size(): number {
    return this.#streams.size;
  }

  open(stream: WireStream): void {
    if (this.#stopped) return;
    stream.wireId = String(++this.#lastId);
    this.#streams.set(stream.wireId, stream);
    this.#unsent.push(stream);
    if (this.#isOpen && this.#unsent.length === 1) setImmediate(() => this.#sendSome());
    if (!this.#socket && !this.#retry) this.#connect();
  }

  /** At once: nothing more is heard of it. */
  close(stream: WireStream): void {
    const id = stream.wireId;
    delete stream.wireId;
    if (id === undefined || !this.#streams.delete(id)) return;
    if (this.#isOpen) this.#send({ id, type: MessageType.Complete });
    if (this.#streams.size > 0) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#streams.size === 0 && this.#socket?.close(1000), idleMs).unref();
  }

  /** From the beginning, after a moment. What comes of it meanwhile is not heard. */
  again(stream: WireStream): void {
    this.close(stream);
    this.#askAgain(stream);
  }

  stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#idle);
    this.#streams.clear();
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
    for (const stream of this.#unsent.splice(0, together))
      if (stream.wireId !== undefined)
        this.#send({ id: stream.wireId, type: MessageType.Subscribe, payload: stream.payload() });
    if (this.#unsent.length > 0) setImmediate(() => this.#sendSome());
  }

  #connect(): void {
    const { url, gatewaySecret, pingMs } = this.#settings;
    this.#retry = undefined;
    const socket = new WebSocket(url, GRAPHQL_TRANSPORT_WS_PROTOCOL, {
      perMessageDeflate: false,
      handshakeTimeout: 5000,
    });
    this.#socket = socket;
    this.#isAlive = true;
    socket.on('error', () => {}); // `close` follows
    socket.on('open', () => this.#send({ type: MessageType.ConnectionInit, payload: { gatewaySecret } }));
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
    const cut = { service, code, reason, streams: this.#streams.size };
    if (this.#isOpen && this.#streams.size > 0) log.warn(cut, 'the streams of a subgraph are cut');
    else log.debug(cut, 'no connection to the streams of a subgraph');
    this.#isOpen = false;
    this.#socket = undefined;
    if (this.#stopped || this.#streams.size === 0) return;
    this.#unsent = [...this.#streams.values()];
    // Of many gateways that lose the same subgraph, no two come back at the same moment.
    const ms = Math.min(50 * 2 ** Math.min(this.#failures++, 10), 3000) * (0.5 + Math.random());
    this.#retry = setTimeout(() => this.#connect(), ms);
  }

  #hear(text: string): void {
    const message = JSON.parse(text) as { type: string; id?: string; payload?: unknown };
    if (message.type === MessageType.Ping) return this.#send({ type: MessageType.Pong });
    if (message.type === MessageType.ConnectionAck) {
      const { service, log, count } = this.#settings;
      this.#isOpen = true;
      this.#failures = 0;
      count(1);
      log.info({ service, streams: this.#streams.size }, 'connected to the streams of a subgraph');
      return this.#sendSome();
    }
    const stream = this.#streams.get(message.id ?? '');
    if (!stream) return; // it was closed while this was on its way
    const refusal = refusalIn(message);
    if (message.type === MessageType.Next && !refusal) return stream.next(message.payload as ExecutionResult);
    this.#streams.delete(stream.wireId!);
    delete stream.wireId;
    if (!refusal) stream.complete();
    else if (stream.refused(refusal)) this.#askAgain(stream);
  }

  #askAgain(stream: WireStream): void {
    stream.wireId = `waiting ${++this.#lastId}`;
    setTimeout(() => stream.wireId?.startsWith('waiting') && this.open(stream), 300 * (0.5 + Math.random())).unref();
  }
}

/** A stream that cannot be opened is an `error`, or a result that has no data, not even null. */
function refusalIn({ type, payload }: { type: string; payload?: unknown }): GraphQLFormattedError[] | undefined {
  if (type === MessageType.Error) return payload as GraphQLFormattedError[];
  const { data, errors } = (payload ?? {}) as { data?: unknown; errors?: GraphQLFormattedError[] };
  return data === undefined && errors ? errors : undefined;
}
