import { readCacheControl } from '../execution/answer/cacheControl.ts';
import type { SubgraphAnswer } from '../execution/execution.ts';

/** Headers of a subgraph's answer that decide whether it is kept. */
export const cacheHeaders = ['cache-control', 'vary', 'age', 'cache-tag'] as const;
const understood: ReadonlySet<string> = new Set(cacheHeaders);

export interface Freshness {
  ms: number;
  /** For everyone who sends the same headers, and not for one caller. */
  isShared: boolean;
  tags: readonly string[];
}

/**
 * How long an answer may be kept, and for whom; undefined: not at all. Only what a subgraph calls public is shared. What hands a header on to its
 * client was said to that client alone.
 */
export function freshnessOf(headers: SubgraphAnswer['headers'] = {}, longestMs: number): Freshness | undefined {
  if (Object.keys(headers).some((name) => !understood.has(name))) return undefined;
  const { seconds, sharedSeconds, isPublic } = readCacheControl(headers['cache-control']?.join(', '));
  const varies = words(headers['vary']);
  if (varies.includes('*')) return undefined;
  const isShared = isPublic && !varies.includes('authorization') && !varies.includes('cookie');
  const age = Number(headers['age']?.[0] ?? 0) || 0;
  const ms = Math.min(((isShared ? sharedSeconds : seconds) - age) * 1000, longestMs);
  return ms > 0 ? { ms, isShared, tags: words(headers['cache-tag']).slice(0, mostTags) } : undefined;
}

const mostTags = 32;

const words = (values: readonly string[] = []) =>
  values.flatMap((value) => value.toLowerCase().match(/[^\s,]+/g) ?? []);
