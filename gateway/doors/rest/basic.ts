import { createHmac, randomBytes } from 'node:crypto';
import { Refusal, isCode } from '../../../shared/errors.ts';
import type { AnswerOperation } from '../../answerOperation.ts';
import { LruCache } from '../../../shared/lruCache.ts';
import { type Json, at, bodyOf } from './answers.ts';
import type { Route } from './routes.ts';

export interface Basic {
  /**
   * The `Authorization` that another one stands for: a name and a password become a bearer token, all else stays as it is. Throws
   * INVALID_CREDENTIALS, or whatever refuses the sign-in.
   */
  bearerFor(authorization: string | undefined, address: string, requestId: string): Promise<string | undefined>;
  /** The token that stands for this one is good no longer: the session may have ended. False when there was none. */
  forget(authorization: string | undefined, address: string): boolean;
}

const keptMs = 60_000;

/**
 * Signs in by the route of the OAuth 2 password form, once a minute for each client. A wrong password is counted as at every other door, since
 * it is the same operation. What is remembered is a digest of the password, never the password.
 */
export function openBasic(answerOperation: AnswerOperation, signIn: Route | undefined): Basic {
  const secret = randomBytes(32);
  const tokens = new LruCache<{ token: Promise<string>; until: number }>(10_000);
  const open = async (route: Route, credentials: string, address: string, requestId: string): Promise<string> => {
    const [username = '', ...rest] = Buffer.from(credentials, 'base64').toString('utf8').split(':');
    const answer = await answerOperation({
      ...{ query: route.operation.text, variables: { username, password: rest.join(':') } },
      ...{ door: 'rest', authorization: undefined, address, requestId },
    });
    const body = answer.kind === 'single' && answer.data ? bodyOf(route, JSON.parse(answer.data) as Json) : undefined;
    const token = at(body, ['access_token']);
    if (typeof token === 'string') return `Bearer ${token}`;
    const error = answer.kind === 'single' ? answer.errors?.[0] : undefined;
    const code = error?.extensions?.['code'];
    throw new Refusal(isCode(code) ? code : 'INVALID_CREDENTIALS', error?.message ?? 'Name or password is wrong.', {
      ...error?.extensions,
    });
  };
  const credentialsIn = (authorization = '') => (signIn ? form.exec(authorization)?.[1] : undefined);
  const keyOf = (credentials: string, address: string) =>
    createHmac('sha256', secret).update(`${address} ${credentials}`).digest('base64url');
  return {
    async bearerFor(authorization, address, requestId) {
      const credentials = credentialsIn(authorization);
      if (!credentials) return authorization;
      const key = keyOf(credentials, address);
      const make = () => ({ token: open(signIn!, credentials, address, requestId), until: performance.now() + keptMs });
      let kept = tokens.get(key, make);
      if (kept.until < performance.now()) {
        tokens.delete(key);
        kept = tokens.get(key, make);
      }
      // A refusal is not remembered: each try counts.
      kept.token.catch(() => tokens.delete(key));
      return kept.token;
    },
    forget(authorization, address) {
      const credentials = credentialsIn(authorization);
      if (credentials) tokens.delete(keyOf(credentials, address));
      return credentials !== undefined;
    },
  };
}

const form = /^basic +([a-z0-9+/=_-]+)$/i;
