/** Whatever starts returns what stops it. */
export type Stop = () => Promise<void>;

/** What a relay hands over: the number of the row in its outbox, by which it is confirmed, and the sealed envelope. */
export interface Entry {
  id: string;
  sealed: string;
}

/** What a consumer gets: an entry and where the carrier holds it. Its fields are as they came, so both may be empty or forged. */
export interface Delivery extends Entry {
  stream: string;
  position: string;
}

/** Which row, and which of the entries that it may have had: an entry that the carrier remembers from another life confirms nothing. */
export type Place = Pick<Delivery, 'id' | 'position'>;

/** A group that has applied these events of a stream for good. */
export interface Confirmation {
  stream: string;
  group: string;
  entries: Place[];
}

/** The streams that a process works on, of those that several share. */
export interface Share {
  held(): readonly string[];
  /** `hear` is called whenever they have become others. */
  onChange(hear: () => void): void;
}

/** The share of who works alone. */
export const shareOf = (...streams: string[]): Share => ({ held: () => streams, onChange: () => {} });

/**
 * Brings events from outboxes to consumers. At least once, while it lives; it may lose everything at any moment, because a row stays
 * in its outbox until every group has confirmed it, and the relay publishes again what the carrier reports missing.
 * What a stream is called is its users' affair. Each has as a rule one writer and, in each group, one reader at a time; more do no harm.
 */
export interface Carrier {
  /** Appends to a stream. Resolves to one position per entry, in order, once the carrier holds them. */
  publish(stream: string, entries: readonly Entry[]): Promise<string[]>;
  /** Of these positions, the ones that some group will never confirm: lost by the carrier, or done there and the confirmation lost. */
  missing(stream: string, groups: readonly string[], positions: string[]): Promise<string[]>;
  /** Hands out and forgets what groups have confirmed since the last call. */
  takeConfirmations(streams: readonly string[], groups: readonly string[]): Promise<Confirmation[]>;
  /** Forgets all of a stream before this position; null: everything. */
  trim(stream: string, position: string | null): Promise<void>;
  /**
   * Delivers to a group the streams of this share, in batches of several streams, each stream in order. `handle` resolves when the batch is
   * committed; that confirms it. When it rejects, the batch comes again. What a reader has left unconfirmed its successor gets first.
   */
  consume(share: Share, group: string, handle: (batch: Delivery[]) => Promise<void>): Stop;
  /** Tells whoever listens right now; nobody stores it. */
  notify(channel: string, message: string): Promise<void>;
  listen(channel: string, hear: (message: string) => void): Promise<Stop>;
  /** How many events each stream holds. */
  lengths(streams: readonly string[]): Promise<number[]>;
  /** How many events may still be appended to each stream before its source should wait. */
  capacities(streams: readonly string[]): Promise<number[]>;
  /** Removes what a version of before partitions has left; its outbox knows what of that is still on its way. */
  forgetUnpartitioned(source: string, groups: readonly string[]): Promise<void>;
  /** Answers when the carrier can take events, throws when it cannot. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
