import { randomUUID } from 'node:crypto';
import type { Carrier, Confirmation, Delivery, Stop } from './carrier.ts';

const batch = 500;
const longest = 100_000;

interface Group {
  /** How many entries of the stream it has been given, counted from the stream's beginning. */
  given: number;
  confirmed: Map<string, string>;
  /** Ends when the batch under way has been handled: consumers of one group take turns, so each entry is given to one of them. */
  turn: Promise<unknown>;
}

interface Stream {
  entries: Delivery[];
  /** How many entries were forgotten before `entries[0]`. */
  forgotten: number;
  groups: Map<string, Group>;
  wake: Set<() => void>;
}

/** The carrier for subgraphs that share one process. A restart loses all of it, as it may: relays find their rows missing and publish again. */
export function localCarrier(): Carrier {
  // Positions of an earlier process must not look like ours.
  const life = randomUUID();
  const streams = new Map<string, Stream>();
  const channels = new Map<string, Set<(message: string) => void>>();
  const stops = new Set<Stop>();
  const streamOf = (source: string): Stream => {
    let stream = streams.get(source);
    if (!stream) streams.set(source, (stream = { entries: [], forgotten: 0, groups: new Map(), wake: new Set() }));
    return stream;
  };
  const groupOf = (stream: Stream, name: string): Group => {
    let group = stream.groups.get(name);
    if (!group)
      stream.groups.set(name, (group = { given: stream.forgotten, confirmed: new Map(), turn: Promise.resolve() }));
    return group;
  };
  const indexOf = (position: string): number =>
    position.startsWith(`${life}:`) ? Number(position.slice(life.length + 1)) : -1;

  const carrier: Carrier = {
    async publish(source, entries) {
      const stream = streamOf(source);
      const positions = entries.map((entry) => {
        const position = `${life}:${stream.forgotten + stream.entries.length}`;
        stream.entries.push({ ...entry, position });
        return position;
      });
      for (const wake of stream.wake) wake();
      return positions;
    },
    async missing(source, groups, positions) {
      const stream = streamOf(source);
      return positions.filter((position) => {
        const index = indexOf(position);
        if (index < stream.forgotten) return true;
        return groups.some((name) => {
          const group = stream.groups.get(name);
          return group !== undefined && index < group.given && !group.confirmed.has(position);
        });
      });
    },
    async takeConfirmations(source, groups) {
      const stream = streamOf(source);
      return groups.flatMap((name): Confirmation[] => {
        const group = stream.groups.get(name);
        if (!group || group.confirmed.size === 0) return [];
        const entries = [...group.confirmed].map(([position, id]) => ({ id, position }));
        group.confirmed.clear();
        return [{ group: name, entries }];
      });
    },
    async trim(source, position) {
      const stream = streamOf(source);
      const asked = position === null ? stream.forgotten + stream.entries.length : indexOf(position);
      const given = [...stream.groups.values()].map((group) => group.given);
      const count = Math.max(0, Math.min(asked, ...given) - stream.forgotten);
      stream.entries.splice(0, count);
      stream.forgotten += count;
    },
    consume(source, name, handle) {
      const stream = streamOf(source);
      const group = groupOf(stream, name);
      let stopped = false;
      let wakeUp = () => {};
      let isWoken = false;
      const wake = () => {
        isWoken = true;
        wakeUp();
      };
      stream.wake.add(wake);
      /** Hands on what comes next: `handled`, `failed`, or `empty` when nothing waits. Never rejects. */
      const handleNext = async () => {
        const next = stream.entries.slice(group.given - stream.forgotten, group.given - stream.forgotten + batch);
        if (stopped || next.length === 0) return 'empty';
        try {
          await handle(next);
        } catch {
          return 'failed';
        }
        group.given += next.length;
        for (const { id, position } of next) group.confirmed.set(position, id);
        return 'handled';
      };
      const running = (async () => {
        while (!stopped) {
          isWoken = false;
          const turn = group.turn.then(handleNext);
          group.turn = turn;
          const outcome = await turn;
          if (outcome === 'handled' || isWoken) continue;
          await new Promise<void>((resolve) => {
            // After a failure the batch comes again by itself; an empty stream waits for the next entry.
            const timer = outcome === 'failed' ? setTimeout(resolve, 200) : undefined;
            wakeUp = () => (clearTimeout(timer), resolve());
            if (stopped) wakeUp();
          });
        }
      })();
      const stop = async () => {
        stopped = true;
        wakeUp();
        stream.wake.delete(wake);
        stops.delete(stop);
        await running;
      };
      stops.add(stop);
      return stop;
    },
    async notify(channel, message) {
      for (const hear of channels.get(channel) ?? []) hear(message);
    },
    async listen(channel, hear) {
      let listeners = channels.get(channel);
      if (!listeners) channels.set(channel, (listeners = new Set()));
      listeners.add(hear);
      return async () => void listeners.delete(hear);
    },
    length: async (source) => streamOf(source).entries.length,
    capacity: async (source) => longest - streamOf(source).entries.length,
    ping: async () => {},
    async close() {
      await Promise.all([...stops].map((stop) => stop()));
    },
  };
  return carrier;
}
