import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares in the same time whatever the difference is. */
export function equalTo(secret: string): (candidate: unknown) => boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const expected = digest(secret);
  return (candidate) => typeof candidate === 'string' && timingSafeEqual(digest(candidate), expected);
}
