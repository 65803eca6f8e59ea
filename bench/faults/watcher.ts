import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { signIn } from './client.ts';
import type { Player } from './load.ts';

export interface Frame {
  at: number;
  completion: string;
  user: string;
  /** It had something from every subgraph. */
  isWhole: boolean;
}

interface Popup {
  cursor: string;
  completion: { id: string };
  quest: { name: string | null } | null;
  user: { id: string; name: string | null; wallet: object | null };
}

/** A socket of a player that holds `questCompleted` and comes back after every break with the last cursor it saw. */
export interface Watcher {
  player: Player;
  frames: Frame[];
  stop(): Promise<void>;
}

/** Popups that a player has had before the sockets are opened: that of the first sign-in. */
export const popupsBefore = 1;

const query = `subscription ($after: String) { questCompleted(after: $after) { cursor completion { id } quest { name } user { id name wallet { gold } } } }`;

export async function watch(url: string, player: Player, startCursor: string): Promise<Watcher> {
  const frames: Frame[] = [];
  let cursor = startCursor;
  let stopped = false;
  let close = () => {};
  const listen = () =>
    new Promise<void>((resolve) => {
      const client = createClient({
        url: url.replace(/^http/, 'ws'),
        webSocketImpl: WebSocket,
        retryAttempts: 0,
        keepAlive: 1000,
        connectionParams: { authorization: `Bearer ${player.session!.accessToken}` },
      });
      close = () => (void client.dispose(), resolve());
      client.subscribe<{ questCompleted: Popup }>(
        { query, variables: { after: cursor } },
        {
          next({ data }) {
            if (!data?.questCompleted) return close();
            const { cursor: seen, completion, quest, user } = data.questCompleted;
            cursor = seen;
            const isWhole = Boolean(quest?.name && user.name && user.wallet);
            frames.push({ at: performance.now(), completion: completion.id, user: user.id, isWhole });
          },
          error: () => close(),
          complete: () => close(),
        },
      );
    });
  const running = (async () => {
    while (!stopped) {
      await listen();
      if (!stopped) await sleep(100);
    }
  })();
  return {
    player,
    frames,
    async stop() {
      stopped = true;
      close();
      await running;
    },
  };
}

/** A player who is signed in once, so that there is somebody to watch. */
export async function newPlayer(url: string, deviceId: string): Promise<Player> {
  const player: Player = { deviceId, acknowledged: [], gifts: [] };
  player.session = await signIn(url, deviceId, `${deviceId}-first`);
  player.acknowledged.push(`${deviceId}-first`);
  return player;
}
