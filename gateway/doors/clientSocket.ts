import { GRAPHQL_TRANSPORT_WS_PROTOCOL, type makeServer } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Log } from '../../shared/log.ts';
import type { Viewer } from '../../shared/identity.ts';
import { limits } from '../limits/limits.ts';

type Protocol<Extra> = ReturnType<typeof makeServer<Record<string, unknown>, Extra & Record<PropertyKey, unknown>>>;

/** One socket of a client, and what is known of it. */
export class ClientSocket {
  readonly address: string;
  /** In which part of a ping round it is asked. */
  readonly turn: number;
  viewer: Viewer | undefined;
  authorization: string | undefined;
  expiry: NodeJS.Timeout | undefined;
  isAlive = true;
  readonly #socket: WebSocket;
  #allowance = 2 * limits.messagesPerMinute;
  #countedAt = performance.now();

  constructor(socket: WebSocket, address: string, turn: number) {
    this.#socket = socket;
    this.address = address;
    this.turn = turn;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  /** Asks for a sign of life. False when the last one was never answered. */
  ping(): boolean {
    if (!this.isAlive) return false;
    this.isAlive = false;
    if (this.isOpen) this.#socket.ping();
    return true;
  }

  /** Lets graphql-ws speak over the socket. `flooded`: it says too much. */
  speak(server: Protocol<ClientSocket>, flooded: () => void, left: () => void, log: Log): void {
    const socket = this.#socket;
    // ws closes a socket with its own code before it tells of an error.
    socket.on('error', () => {});
    socket.on('pong', () => (this.isAlive = true));
    socket.on('ping', () => this.#isFlood() && flooded());
    const closed = server.opened(
      {
        protocol: socket.protocol,
        close: (code, reason) => socket.close(code, reason),
        // Resolves when the system has taken the message, and so holds back a subscription whose reader is slow.
        send: (text) =>
          new Promise((resolve, reject) => {
            if (!this.isOpen) resolve();
            else socket.send(text, (error) => (error ? reject(error) : resolve()));
          }),
        onMessage: (hear) =>
          socket.on('message', (data) => {
            if (this.#isFlood()) return flooded();
            hear(String(data)).catch((error: unknown) => {
              if (this.isOpen) log.error({ err: error }, 'a message could not be handled');
              socket.close(internalError, 'Internal server error');
            });
          }),
      },
      this as ClientSocket & Record<PropertyKey, unknown>,
    );
    socket.once('close', (code, reason) => {
      clearTimeout(this.expiry);
      left();
      void closed(code, String(reason));
    });
  }

  #isFlood(): boolean {
    const now = performance.now();
    const { messagesPerMinute } = limits;
    const earned = ((now - this.#countedAt) * messagesPerMinute) / 60_000;
    this.#allowance = Math.min(2 * messagesPerMinute, this.#allowance + earned) - 1;
    this.#countedAt = now;
    return this.#allowance < 0;
  }
}

export const isSpoken = (protocols: Set<string>) =>
  protocols.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) && GRAPHQL_TRANSPORT_WS_PROTOCOL;

const internalError = 4500;
