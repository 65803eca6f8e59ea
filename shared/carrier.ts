/** Whatever starts returns what stops it. */
export type Stop = () => Promise<void>;

/** What a relay hands over: the number of the row in its outbox, by which it is confirmed, and the sealed envelope. */
export interface Entry {
  id: string;
  sealed: string;
}

/** What a consumer gets: an entry and where the carrier holds it. Its fields are as they came, so both may be empty or forged. */
export interface Delivery extends Entry {
  position: string;
}

/** Which row, and which of the entries that it may have had: an entry that the carrier remembers from another life confirms nothing. */
export type Place = Pick<Delivery, 'id' | 'position'>;

/** A group that has applied these events for good. */
export interface Confirmation {
  group: string;
  entries: Place[];
}

/**
 * Brings events from outboxes to consumers. At least once, while it lives; it may lose everything at any moment, because a row stays
 * in its outbox until every group has confirmed it, and the relay publishes again what the carrier reports missing.
 * One stream per source, written by one relay at a time.
 */
export interface Carrier {
  /** Appends to the stream of a source. Resolves to one position per entry, in order, once the carrier holds them. */
  publish(source: string, entries: Entry[]): Promise<string[]>;
  /** Of these positions, the ones that some group will never confirm: lost by the carrier, or done there and the confirmation lost. */
  missing(source: string, groups: readonly string[], positions: string[]): Promise<string[]>;
  /** Hands out and forgets what groups have confirmed since the last call. */
  takeConfirmations(source: string, groups: readonly string[]): Promise<Confirmation[]>;
  /** Forgets all before this position; null: everything. */
  trim(source: string, position: string | null): Promise<void>;
  /**
   * Delivers the stream of a source to a group, in batches, in order, to one of its members at a time per entry. `handle` resolves when the
   * batch is committed; that confirms it. When it rejects, the batch comes again.
   */
  consume(source: string, group: string, handle: (batch: Delivery[]) => Promise<void>): Stop;
  /** Tells whoever listens right now; nobody stores it. */
  notify(channel: string, message: string): Promise<void>;
  listen(channel: string, hear: (message: string) => void): Promise<Stop>;
  /** How many events the stream of a source holds. */
  length(source: string): Promise<number>;
  /** How many events a source may still append before it should wait; negative: wait. */
  capacity(source: string): Promise<number>;
  /** Answers when the carrier can take events, throws when it cannot. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
