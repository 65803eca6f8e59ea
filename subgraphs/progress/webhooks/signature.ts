import { createHmac, randomBytes } from 'node:crypto';

/** Standard Webhooks, symmetric: https://www.standardwebhooks.com */

const prefix = 'whsec_';

/** What a receiver verifies signatures by. */
export const newKey = (): string => prefix + randomBytes(32).toString('base64');

/** Headers of one attempt, signed by each of the keys: while a key is rotated, receivers may know either. */
export function signedHeaders(keys: readonly string[], id: string, now: Date, body: string): Record<string, string> {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const signed = `${id}.${timestamp}.${body}`;
  const signatures = keys.map((key) => {
    const secret = Buffer.from(key.slice(prefix.length), 'base64');
    return `v1,${createHmac('sha256', secret).update(signed).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
