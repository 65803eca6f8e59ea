/** What the supergraph declares of its streams and subgraphs. What is not declared is not assumed. */
export interface Terms {
  /** By field of `Subscription`. */
  streams: Readonly<Record<string, StreamTerms>>;
  /** Subgraphs whose entities are the same for everyone: entity requests of several users may travel as one, with nobody's token. */
  identityFree: readonly string[];
}

/** How the stream of a field can be continued, and whether it is the same for everyone. */
export interface StreamTerms {
  /** The argument that takes the cursor of the last event seen: a nullable text. */
  after?: string | undefined;
  /** The event's field that holds its cursor. All events of a stream have one order, and no two have the same cursor. */
  cursor?: string | undefined;
  /** A query with one leaf: where the caller's stream stands now. With it, not even an event before the first one seen can be lost. */
  now?: string | undefined;
  /** Everyone gets the same events, so everyone may share one stream, which is opened with nobody's token. */
  isPublic?: boolean | undefined;
}

export const noTerms: Terms = { streams: {}, identityFree: [] };

/** Reads the entry `gateway` of a supergraph.yaml. Throws a sentence that says what does not fit. */
export function readTerms(entry: unknown): Terms {
  if (entry === undefined || entry === null) return noTerms;
  const { identity_free: identityFree = [], streams = {}, ...unknown } = asObject(entry, '`gateway`');
  refuseUnknown(unknown, '`gateway`');
  if (!Array.isArray(identityFree) || !identityFree.every((name) => typeof name === 'string'))
    throw new Error('has a `gateway.identity_free` that is no list of subgraphs');
  return {
    identityFree,
    streams: Object.fromEntries(
      Object.entries(asObject(streams, '`gateway.streams`')).map(([field, terms]) => [field, readStream(field, terms)]),
    ),
  };
}

function readStream(field: string, entry: unknown): StreamTerms {
  const place = `\`gateway.streams.${field}\``;
  const { after, cursor, now, public: isPublic = false, ...unknown } = asObject(entry, place);
  refuseUnknown(unknown, place);
  for (const [name, value] of Object.entries({ after, cursor, now }))
    if (value !== undefined && typeof value !== 'string')
      throw new Error(`has a \`${name}\` in ${place} that is no text`);
  if ((after === undefined) !== (cursor === undefined) || (now !== undefined && after === undefined))
    throw new Error(`needs both \`after\` and \`cursor\` in ${place}, or neither`);
  if (typeof isPublic !== 'boolean') throw new Error(`has a \`public\` in ${place} that is neither true nor false`);
  return { ...({ after, cursor, now } as StreamTerms), isPublic };
}

function asObject(value: unknown, place: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`has a ${place} that is no map`);
  return value as Record<string, unknown>;
}

function refuseUnknown(entry: Record<string, unknown>, place: string): void {
  const [name] = Object.keys(entry);
  if (name !== undefined) throw new Error(`has an unknown \`${name.slice(0, 40)}\` in ${place}`);
}
