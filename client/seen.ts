/** What the player has put away on this device, kept for the next visit and shared by all tabs. */
export interface Seen {
  /** Of the last popup that was put away; undefined: this device has not shown any yet. */
  cursor(): string | undefined;
  has(completionId: string): boolean;
  /** The cursor is left where it is when none is given. */
  add(completionId: string, cursor?: string): void;
  moveTo(cursor: string): void;
  /** Calls back when another tab has put something away; returns what ends it. */
  watch(changed: () => void): () => void;
}

interface Kept {
  cursor?: string;
  ids: string[];
}

/** How many ids are remembered: more than two tabs can be apart. */
const longest = 100;

export function openSeen(storage: Storage, userId: string): Seen {
  const key = `questline.seen.${userId}`;
  const read = (): Kept => {
    try {
      return (JSON.parse(storage.getItem(key) ?? '') as Kept | null) ?? { ids: [] };
    } catch {
      return { ids: [] };
    }
  };
  const write = (kept: Kept) => storage.setItem(key, JSON.stringify(kept));
  return {
    cursor: () => read().cursor,
    has: (completionId) => read().ids.includes(completionId),
    add(completionId, cursor) {
      const { ids, ...kept } = read();
      write({
        ...kept,
        ...(cursor && { cursor }),
        ids: [...ids.filter((id) => id !== completionId), completionId].slice(-longest),
      });
    },
    moveTo: (cursor) => write({ ...read(), cursor }),
    watch(changed) {
      const hear = (event: StorageEvent) => void (event.key === key && changed());
      addEventListener('storage', hear);
      return () => removeEventListener('storage', hear);
    },
  };
}
