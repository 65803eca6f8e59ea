import type { Redis } from 'ioredis';
import type { Stop } from './carrier.ts';

export const bellKey = (bell: string) => `questline:bell:${bell}`;

/** Listens for bells over a connection that does nothing else. While Redis is away nobody hears; when it is back everybody does again. */
export function hearBells(ears: Redis): (bell: string, hear: (message: string) => void) => Promise<Stop> {
  const bells = new Map<string, Set<(message: string) => void>>();
  ears.on('message', (channel: string, message: string) => bells.get(channel)?.forEach((hear) => hear(message)));
  // Also for bells that were never heard before, because Redis was away when somebody began to listen.
  ears.on('ready', () => {
    if (bells.size > 0) void ears.subscribe(...bells.keys()).catch(() => {});
  });
  return async (bell, hear) => {
    const channel = bellKey(bell);
    let listeners = bells.get(channel);
    if (!listeners) {
      bells.set(channel, (listeners = new Set()));
      if (ears.status === 'wait') await ears.connect().catch(() => {});
      if (ears.status === 'ready') await ears.subscribe(channel).catch(() => {});
    }
    listeners.add(hear);
    return async () => void listeners.delete(hear);
  };
}
