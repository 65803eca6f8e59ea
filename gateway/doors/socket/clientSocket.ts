import type { Duplex } from 'node:stream';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL, type makeServer } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Log } from '../../../shared/process/log.ts';
import type { Viewer } from '../../../shared/identity.ts';
import { mayBeExact, parseExact } from '../../execution/answer/exactJson.ts';
import type { ClientHeaders } from '../../identity/headerRules.ts';
import type { Connection, Place } from '../../limits/connectionLimits.ts';
import type { Limits } from '../../limits/limits.ts';
import type { Unread, UnreadRequests } from '../../limits/unreadRequests.ts';

type Protocol<Extra> = ReturnType<typeof makeServer<Record<string, unknown>, Extra & Record<PropertyKey, unknown>>>;

export interface ClientSocketSettings {
  address: string;
  /** In which part of a ping round it is asked. */
  turn: number;
  /** What the upgrade's own header carried; browsers cannot send one. */
  upgradeAuthorization: string | undefined;
  /** What header rules read of the upgrade. */
  headers: ClientHeaders | undefined;
  place: Place;
  unread: UnreadRequests;
  limits: Limits;
  /** It sends more than it may, and is to be sent away. */
  flooded(): void;
  gaveWay(): void;
  left(): void;
  log: Log;
}

/** One socket of a client, and what is known of it. */
export class ClientSocket implements Connection {
  viewer: Viewer | undefined;
  /** It was let in, with a token or without. */
  isIn = false;
  authorization: string | undefined;
  expiry: NodeJS.Timeout | undefined;
  heardAt = performance.now();
  readonly settings: ClientSocketSettings;
  readonly #socket: WebSocket;
  readonly #duplex: Duplex;
  #isAlive = true;
  #allowance: number;
  #countedAt = performance.now();
  /** The message that has begun to come, and what has come of one who shows no token: all of it until it is let in, then each message. */
  #reading: Unread | undefined;
  #strangerBytes = 0;

  constructor(socket: WebSocket, duplex: Duplex, settings: ClientSocketSettings) {
    this.#socket = socket;
    this.#duplex = duplex;
    this.settings = settings;
    this.#allowance = 2 * settings.limits.messagesPerMinute;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  /**
   * Sends a whole frame, beside what ws sends: neither compresses, so each of their writes is whole messages. Resolves when the system has
   * taken it, and so holds back a subscription whose reader is slow.
   */
  send(frame: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!this.isOpen) resolve();
      else this.#duplex.write(frame, (error) => (error ? reject(error) : resolve()));
    });
  }

  terminate(): void {
    this.#socket.terminate();
  }

  /** Another connection of the same user takes its place. 1013 is a code after which clients come again. */
  giveWay(): void {
    this.settings.gaveWay();
    this.close(tryAgainLater, 'A newer connection took this place');
  }

  /** Asks for a sign of life. False when the last one was never answered. */
  ping(): boolean {
    if (!this.#isAlive) return false;
    this.#isAlive = false;
    if (this.isOpen) this.#socket.ping();
    return true;
  }

  /** Lets graphql-ws speak over the socket. */
  speak(server: Protocol<ClientSocket>): void {
    const socket = this.#socket;
    const { flooded, left, log } = this.settings;
    // ws closes a socket with its own code before it tells of an error.
    socket.on('error', () => {});
    socket.on('pong', () => this.#heard());
    socket.on('ping', () => (this.#heard(), this.#isFlood() && flooded()));
    // Before ws itself reads: what makes a message whole is counted and given back in one go.
    this.#duplex.prependListener('data', (chunk: Buffer) => this.#count(chunk.length));
    const closed = server.opened(
      {
        protocol: socket.protocol,
        close: (code, reason) => socket.close(code, reason),
        send: (text) =>
          new Promise((resolve, reject) => {
            if (!this.isOpen) resolve();
            else socket.send(text, (error) => (error ? reject(error) : resolve()));
          }),
        onMessage: (hear) =>
          socket.on('message', (data) => {
            this.#heard();
            if (this.#isFlood()) return flooded();
            hear(messageIn(String(data))).catch((error: unknown) => {
              if (this.isOpen) log.error({ err: error }, 'a message could not be handled');
              socket.close(internalError, 'Internal server error');
            });
          }),
      },
      this as ClientSocket & Record<PropertyKey, unknown>,
    );
    socket.once('close', (code, reason) => {
      clearTimeout(this.expiry);
      this.#reading?.end();
      this.settings.place.leave();
      left();
      void closed(code, String(reason));
    });
  }

  #heard(): void {
    this.#isAlive = true;
    this.heardAt = performance.now();
    this.#reading?.end();
    this.#reading = undefined;
    if (this.isIn) this.#strangerBytes = 0;
  }

  #count(bytes: number): void {
    const { initBytes, strangerBytes } = this.settings.limits;
    if (!this.viewer && (this.#strangerBytes += bytes) > (this.isIn ? strangerBytes : initBytes))
      return this.#stopReading(tooBig, 'Message too big');
    try {
      this.#reading ??= this.settings.unread.begin(this.settings.address);
      this.#reading.hold(bytes);
    } catch {
      this.#stopReading(tryAgainLater, 'Too much is being read');
    }
  }

  /** Closes the socket; whatever else comes is dropped unread, and if it goes on coming, the connection is cut. */
  #stopReading(code: number, reason: string): void {
    this.#duplex.removeAllListeners('data').resume();
    this.#socket.close(code, reason);
    setTimeout(() => this.#socket.terminate(), 1000).unref();
  }

  #isFlood(): boolean {
    const now = performance.now();
    const { messagesPerMinute } = this.settings.limits;
    const earned = ((now - this.#countedAt) * messagesPerMinute) / 60_000;
    this.#allowance = Math.min(2 * messagesPerMinute, this.#allowance + earned) - 1;
    this.#countedAt = now;
    return this.#allowance < 0;
  }
}

export const isSpoken = (protocols: Set<string>) =>
  protocols.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) && GRAPHQL_TRANSPORT_WS_PROTOCOL;

/** graphql-ws takes messages that are parsed already, though its types do not say so; it parses the others, and refuses what is no JSON. */
function messageIn(text: string): string {
  if (!mayBeExact(text)) return text;
  try {
    const message = parseExact(text);
    return typeof message === 'object' ? (message as unknown as string) : text;
  } catch {
    return text;
  }
}

/** RFC 6455 and the registry of close codes. */
const tooBig = 1009;
const tryAgainLater = 1013;
const internalError = 4500;
