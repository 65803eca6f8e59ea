import { WebSocket } from 'ws';
import type { Listener } from './listeners.ts';

/** Holds the sockets of one process of listeners: graphql-transport-ws by hand, so that a frame costs next to nothing here. */
const query = 'subscription ($after: String) { alertPosted(after: $after) { cursor alert { title postedAt } } }';
const atOnce = 100;

let heard: number[] = [];

process.on('message', (message: 'report' | { url: string; listeners: Listener[]; address: string }) => {
  if (message === 'report') {
    process.send!(heard);
    heard = [];
  } else void open(message.url, message.listeners, message.address).then(() => process.send!('subscribed'));
});

async function open(url: string, listeners: Listener[], localAddress: string): Promise<void> {
  let next = 0;
  const one = async () => {
    for (let n = next++; n < listeners.length; n = next++) await connect(url, listeners[n]!, localAddress);
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}

function connect(url: string, { token, after }: Listener, localAddress: string): Promise<void> {
  const { resolve, promise } = Promise.withResolvers<void>();
  const socket = new WebSocket(url, 'graphql-transport-ws', { localAddress, perMessageDeflate: false });
  socket.on('error', () => resolve());
  socket.on('close', () => resolve());
  socket.on('open', () =>
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })),
  );
  socket.on('message', (data) => {
    const at = Date.now();
    const { type, payload } = JSON.parse(String(data)) as {
      type: string;
      payload?: { data?: { alertPosted: { alert: { postedAt: string } } } };
    };
    if (type === 'connection_ack') {
      const subscribe = { id: '1', type: 'subscribe', payload: { query, variables: { after } } };
      socket.send(JSON.stringify(subscribe), () => resolve());
    } else if (payload?.data) heard.push(at - Date.parse(payload.data.alertPosted.alert.postedAt));
  });
  return promise;
}
