import { Cluster } from 'ioredis';
import type { Stop } from '../delivery/carrier.ts';
import type { RedisLink } from './redis.ts';

/** Sharded: the braces say which node it belongs to. */
export const channelKey = (channel: string) => `questline:{${channel}}:notify`;

type Hear = (message: string) => void;

/** Listens for notifications. While Redis is away nobody hears; when it is back everybody does again. */
export function channelListener(link: RedisLink): (channel: string, hear: Hear) => Promise<Stop> {
  const channels = new Map<string, Set<Hear>>();
  const subscriber = link.subscriber();
  const subscribe = (key: string) =>
    subscriber.ssubscribe(key).then(
      () => undefined,
      () => undefined,
    );
  subscriber.on('smessage', (key: string, message: string) => channels.get(key)?.forEach((hear) => hear(message)));
  // Also for channels that were never subscribed to before, because Redis was away when somebody began to listen.
  for (const event of subscriber instanceof Cluster ? ['ready', '+node', '-node'] : ['ready'])
    subscriber.on(event, () => [...channels.keys()].forEach((key) => void subscribe(key)));
  return async (channel, hear) => {
    const key = channelKey(channel);
    let listeners = channels.get(key);
    if (!listeners) {
      channels.set(key, (listeners = new Set()));
      if (subscriber.status === 'wait') await subscriber.connect().catch(() => {});
      if (subscriber.status === 'ready') await subscribe(key);
    }
    listeners.add(hear);
    return async () => {
      listeners.delete(hear);
      if (listeners.size > 0 || channels.get(key) !== listeners) return;
      channels.delete(key);
      if (subscriber.status === 'ready') await subscriber.sunsubscribe(key).catch(() => {});
    };
  };
}
