import type { Redis } from 'ioredis';
import type { Stop } from './carrier.ts';

export const channelKey = (channel: string) => `questline:notify:${channel}`;

/** Listens for notifications over a connection of its own. While Redis is away nobody hears; when it is back everybody does again. */
export function channelListener(
  connection: Redis,
): (channel: string, hear: (message: string) => void) => Promise<Stop> {
  const channels = new Map<string, Set<(message: string) => void>>();
  connection.on('message', (key: string, message: string) => channels.get(key)?.forEach((hear) => hear(message)));
  // Also for channels that were never subscribed to before, because Redis was away when somebody began to listen.
  connection.on('ready', () => {
    if (channels.size > 0) void connection.subscribe(...channels.keys()).catch(() => {});
  });
  return async (channel, hear) => {
    const key = channelKey(channel);
    let listeners = channels.get(key);
    if (!listeners) {
      channels.set(key, (listeners = new Set()));
      if (connection.status === 'wait') await connection.connect().catch(() => {});
      if (connection.status === 'ready') await connection.subscribe(key).catch(() => {});
    }
    listeners.add(hear);
    return async () => void listeners.delete(hear);
  };
}
