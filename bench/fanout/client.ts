import { WebSocket } from 'ws';
import { openPlace } from './place.ts';
import type { Heard, Player } from './listeners.ts';

/** Holds the sockets of one process of listeners: graphql-transport-ws by hand, so that a frame costs next to nothing here. */
const query = `subscription ($after: String) { questCompleted(after: $after) {
  cursor completion { id number status } quest { name rewards { item quantity } } user { id name wallet { diamonds } }
} }`;
const atOnce = 100;

let heard: Heard = { arrivals: [], foreign: 0, closed: {} };

process.on('message', (message: 'report' | { url: string; players: Player[]; address: string }) => {
  if (message === 'report') {
    process.send!(heard);
    heard = { arrivals: [], foreign: 0, closed: {} };
  } else void open(message.url, message.players, message.address).then(() => process.send!('subscribed'));
});

async function open(url: string, players: Player[], localAddress: string): Promise<void> {
  let next = 0;
  const one = async () => {
    while (next < players.length) {
      const n = next++;
      await connect(url, players[n]!, n, localAddress);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}

function connect(url: string, player: Player, n: number, localAddress: string): Promise<void> {
  const { resolve, promise } = Promise.withResolvers<void>();
  const socket = new WebSocket(url, 'graphql-transport-ws', { localAddress, perMessageDeflate: false });
  const ended = (reason: string | number) => {
    heard.closed[reason] = (heard.closed[reason] ?? 0) + 1;
    resolve();
  };
  socket.on('error', (error) => ended(error.message));
  socket.on('close', ended);
  socket.on('open', () =>
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${player.token}` } })),
  );
  socket.on('message', (data) => {
    const at = Date.now();
    const { type, payload } = JSON.parse(String(data)) as {
      type: string;
      payload?: { data?: { questCompleted?: Popup } };
    };
    if (type === 'connection_ack') {
      socket.send(
        JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables: { after: player.after } } }),
        () => resolve(),
      );
      return;
    }
    const popup = payload?.data?.questCompleted;
    if (!popup?.quest.name || popup.quest.rewards.length === 0 || !popup.user.name)
      ended(`no popup: ${String(data).slice(0, 300)}`);
    else if (popup.user.id !== player.userId) heard.foreign++;
    else heard.arrivals.push([n, openPlace(popup.cursor), at]);
  });
  return promise;
}

interface Popup {
  cursor: string;
  quest: { name: string; rewards: unknown[] };
  user: { id: string; name: string };
}
