import { WebSocket } from 'ws';
import { until } from '../../../shared/testing/harness.ts';

interface Message {
  id?: string;
  type: string;
  payload?: { extensions: { code: string } }[];
}

/** A socket without manners: it says what it is told, and keeps what it hears. */
export interface RawSocket {
  heard: Message[];
  /** 0 while it is open; negative: the status by which the handshake was refused. */
  code(): number;
  say(message: unknown): void;
  raw: WebSocket;
}

export async function openSocket(url: string, headers: Record<string, string> = {}, protocol = 'graphql-transport-ws') {
  const raw = new WebSocket(url.replace('http', 'ws'), protocol ? [protocol] : [], { headers });
  const heard: Message[] = [];
  let code = 0;
  raw.on('message', (data) => heard.push(JSON.parse(String(data)) as Message));
  raw.on('close', (closed) => (code ||= closed));
  raw.on('unexpected-response', (request, response) => {
    code = -response.statusCode!;
    request.destroy();
  });
  raw.on('error', () => {});
  await until(
    () => raw.readyState === WebSocket.OPEN || code !== 0 || raw.readyState === WebSocket.CLOSED,
    'the handshake',
  );
  const say = (message: unknown) =>
    raw.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message));
  return { heard, code: () => code, say, raw } satisfies RawSocket;
}

/** One that has shown its token and was let in. */
export async function enter(url: string, token: string): Promise<RawSocket> {
  const socket = await openSocket(url);
  socket.say({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  await until(
    () => socket.heard.some(({ type }) => type === 'connection_ack') || socket.code() !== 0,
    'the acknowledgement',
  );
  return socket;
}

/** The codes of the error that a subscribe message of this socket gets; empty when it got data. */
export async function ask(socket: RawSocket, query: string, variables?: object): Promise<string[]> {
  const id = `o${socket.heard.length}-${Math.random()}`;
  socket.say({ id, type: 'subscribe', payload: { query, variables } });
  const answer = await until(
    () =>
      socket.heard.find((message) => message.id === id && message.type !== 'complete') ??
      (socket.code() !== 0 && ({ type: 'closed' } as Message)),
    'an answer by socket',
  );
  const { payload } = answer;
  const errors = Array.isArray(payload)
    ? payload
    : ((payload as { errors?: typeof payload } | undefined)?.errors ?? []);
  return answer.type === 'closed' ? [`closed ${socket.code()}`] : errors.map(({ extensions }) => extensions.code);
}
