import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { StartRefusal } from '../../shared/process/environment.ts';
import { Refusal } from '../../shared/errors.ts';
import { type Limits, limits as usualLimits } from '../limits/limits.ts';

/** Texts of operations by their SHA-256, as hexadecimal digits. */
export type Safelist = ReadonlyMap<string, string>;

export interface Persisted {
  /**
   * The text of an operation that comes as its hash, as its text, or as both, by the protocol of Apollo's automatic persisted queries;
   * undefined when it has neither. Throws a Refusal.
   */
  textOf(query: unknown, extensions: unknown): string | undefined;
}

/** With a safelist nothing else is ever served. Without one, clients may leave texts here, and the most recent are kept. */
export function openPersisted(safelist?: Safelist, limits: Limits = usualLimits, limit = 1000): Persisted {
  const left = new Map<string, string>();
  const keep = (hash: string, text: string) => {
    left.delete(hash);
    left.set(hash, text);
    if (left.size > limit) left.delete(left.keys().next().value!);
  };

  return {
    textOf(query, extensions) {
      const text = typeof query === 'string' && query !== '' ? query : undefined;
      const asked = (extensions as { persistedQuery?: { version?: unknown; sha256Hash?: unknown } } | null | undefined)
        ?.persistedQuery;
      if (asked === undefined || asked === null) {
        if (text !== undefined && safelist && !safelist.has(sha256(text))) throw notListed();
        return text;
      }
      const hash = asked.sha256Hash;
      if (asked.version !== 1 || typeof hash !== 'string' || !/^[\da-f]{64}$/.test(hash))
        throw new Refusal('BAD_REQUEST', 'persistedQuery needs version 1 and a sha256Hash of 64 hexadecimal digits.');
      if (text !== undefined && sha256(text) !== hash)
        throw new Refusal('PERSISTED_QUERY_HASH_MISMATCH', 'The hash is not that of the query.');
      const known = safelist ? safelist.get(hash) : left.get(hash);
      if (safelist && known === undefined) throw notListed();
      // Apollo's clients look for this very message, and then send the text as well.
      if (text === undefined && known === undefined)
        throw new Refusal('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound');
      const found = (text ?? known)!;
      if (!safelist && found.length <= limits.characters) keep(hash, found);
      return found;
    },
  };
}

/** A manifest as @graphql-codegen/client-preset writes it (`{ hash: text }`) or as Apollo does. Throws a StartRefusal. */
export function readSafelist(file: string): Safelist {
  let manifest: { operations?: { body: string }[] } & Record<string, unknown>;
  try {
    manifest = JSON.parse(readFileSync(file, 'utf8')) as typeof manifest;
  } catch (error) {
    throw new StartRefusal(
      `The manifest ${file} cannot be read: ${(error as Error).message}`,
      'SAFELIST must name a JSON file of persisted documents.',
    );
  }
  const texts = Array.isArray(manifest.operations)
    ? manifest.operations.map(({ body }) => body)
    : Object.values(manifest);
  if (texts.length === 0 || !texts.every((text) => typeof text === 'string'))
    throw new StartRefusal(
      `The manifest ${file} has no operations.`,
      'It must be as @graphql-codegen/client-preset or @apollo/generate-persisted-query-manifest writes it.',
    );
  return new Map(texts.map((text) => [sha256(text), text]));
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const notListed = () =>
  new Refusal('QUERY_NOT_IN_SAFELIST', 'Only operations that were registered before are served here.');
