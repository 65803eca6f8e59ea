import { randomUUID } from 'node:crypto';
import type { Carrier, Confirmation, Delivery, Stop } from './carrier.ts';

const batch = 500;
const longest = 100_000;

interface Group {
  /** How many entries of the stream it has been given, counted from the stream's beginning. */
  given: number;
  confirmed: Map<string, string>;
  /** A reader works on what comes next: others leave the stream alone, so each entry is given to one of them. */
  isTaken: boolean;
}

interface Stream {
  entries: Delivery[];
  /** How many entries were forgotten before `entries[0]`. */
  forgotten: number;
  groups: Map<string, Group>;
}

/** The carrier for subgraphs that share one process. A restart loses all of it, as it may: relays find their rows missing and publish again. */
export function localCarrier(): Carrier {
  // Positions of an earlier process must not look like ours.
  const life = randomUUID();
  const streams = new Map<string, Stream>();
  const channels = new Map<string, Set<(message: string) => void>>();
  const readers = new Set<() => void>();
  const stops = new Set<Stop>();
  const streamOf = (name: string): Stream => {
    let stream = streams.get(name);
    if (!stream) streams.set(name, (stream = { entries: [], forgotten: 0, groups: new Map() }));
    return stream;
  };
  const groupOf = (stream: Stream, name: string): Group => {
    let group = stream.groups.get(name);
    if (!group) stream.groups.set(name, (group = { given: stream.forgotten, confirmed: new Map(), isTaken: false }));
    return group;
  };
  const indexOf = (position: string): number =>
    position.startsWith(`${life}:`) ? Number(position.slice(life.length + 1)) : -1;
  const wakeReaders = () => readers.forEach((wake) => wake());

  const carrier: Carrier = {
    async publish(name, entries) {
      const stream = streamOf(name);
      const positions = entries.map((entry) => {
        const position = `${life}:${stream.forgotten + stream.entries.length}`;
        stream.entries.push({ ...entry, stream: name, position });
        return position;
      });
      wakeReaders();
      return positions;
    },
    async missing(name, groups, positions) {
      const stream = streamOf(name);
      return positions.filter((position) => {
        const index = indexOf(position);
        if (index < stream.forgotten) return true;
        return groups.some((name) => {
          const group = stream.groups.get(name);
          return group !== undefined && index < group.given && !group.confirmed.has(position);
        });
      });
    },
    takeConfirmations: async (names, groups) =>
      names.flatMap((stream) =>
        groups.flatMap((name): Confirmation[] => {
          const group = streamOf(stream).groups.get(name);
          if (!group || group.confirmed.size === 0) return [];
          const entries = [...group.confirmed].map(([position, id]) => ({ id, position }));
          group.confirmed.clear();
          return [{ stream, group: name, entries }];
        }),
      ),
    async trim(name, position) {
      const stream = streamOf(name);
      const asked = position === null ? stream.forgotten + stream.entries.length : indexOf(position);
      const given = [...stream.groups.values()].map((group) => group.given);
      const count = Math.max(0, Math.min(asked, ...given) - stream.forgotten);
      stream.entries.splice(0, count);
      stream.forgotten += count;
    },
    consume(share, name, handle) {
      let stopped = false;
      let wakeUp = () => {};
      let isWoken = false;
      const wake = () => {
        isWoken = true;
        wakeUp();
      };
      readers.add(wake);
      share.onChange(wake);
      /** What comes next, of streams on which nobody else is at work. */
      const takeNext = () => {
        const taken: { group: Group; entries: Delivery[] }[] = [];
        let room = batch;
        for (const stream of share.held().map(streamOf)) {
          const group = groupOf(stream, name);
          const from = group.given - stream.forgotten;
          if (room === 0 || group.isTaken || from >= stream.entries.length) continue;
          const entries = stream.entries.slice(from, from + room);
          room -= entries.length;
          group.isTaken = true;
          taken.push({ group, entries });
        }
        return taken;
      };
      /** Hands on what comes next: `handled`, `failed`, or `empty` when nothing waits. Never rejects. */
      const handleNext = async () => {
        const taken = takeNext();
        if (taken.length === 0) return 'empty';
        try {
          await handle(taken.flatMap(({ entries }) => entries));
        } catch {
          for (const { group } of taken) group.isTaken = false;
          return 'failed';
        }
        for (const { group, entries } of taken) {
          group.isTaken = false;
          group.given += entries.length;
          for (const { id, position } of entries) group.confirmed.set(position, id);
        }
        // Who found these streams taken looks again.
        for (const other of readers) if (other !== wake) other();
        return 'handled';
      };
      const running = (async () => {
        while (!stopped) {
          isWoken = false;
          const outcome = await handleNext();
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
        readers.delete(wake);
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
    lengths: async (names) => names.map((name) => streamOf(name).entries.length),
    capacities: async (names) => names.map((name) => longest - streamOf(name).entries.length),
    forgetUnpartitioned: async () => {},
    ping: async () => {},
    async close() {
      await Promise.all([...stops].map((stop) => stop()));
    },
  };
  return carrier;
}
