import {
  ClientError,
  type Configuration,
  ResponseBodyError,
  allowInsecureRequests,
  authorizationCodeGrant,
  discovery,
} from 'openid-client';
import { StartRefusal } from '../../../shared/process/environment.ts';
import { Refusal } from '../../../shared/errors.ts';
import type { Log } from '../../../shared/process/log.ts';

/** Who else may vouch for players: anyone who speaks OpenID Connect. */
export interface ProviderSettings {
  /** What clients call it; stored beside the players who came by it, so it never changes. */
  name: string;
  /** Its address, from which the rest is discovered. */
  issuer: string;
  clientId: string;
  clientSecret: string;
}

/** What a client brings back from a provider (OpenID Connect Core 1.0, section 3.1; PKCE by RFC 7636). */
export interface Voucher {
  provider: string;
  callbackUrl: string;
  codeVerifier: string;
  state: string;
  nonce: string;
}

/** What a client needs to send a player there. */
export interface Provider {
  name: string;
  clientId: string;
  /** Null while the provider cannot be reached. */
  authorizationEndpoint(): Promise<string | null>;
}

export interface Providers {
  all: readonly Provider[];
  /** The provider's own, lasting id of the player. Throws INVALID_CREDENTIALS when it vouches for nobody, UNAVAILABLE when it does not answer. */
  subjectOf(voucher: Voucher): Promise<string>;
}

/** Less than the gateway waits for the whole sign-in. */
const timeoutSeconds = 1.5;

/** Providers are asked for their addresses and keys when they are first needed: one that is away keeps nobody else out. */
export function openProviders(settings: readonly ProviderSettings[], log: Log): Providers {
  const known = new Map<string, Promise<Configuration>>();
  const settingsOf = (name: string) => {
    const found = settings.find((one) => one.name === name);
    if (!found) throw new Refusal('BAD_USER_INPUT', 'There is no such provider; signInProviders lists them.');
    return found;
  };
  const configurationOf = ({ name, issuer, clientId, clientSecret }: ProviderSettings) => {
    const server = new URL(issuer);
    const found =
      known.get(name) ??
      discovery(server, clientId, clientSecret, undefined, {
        timeout: timeoutSeconds,
        execute: isLoopback(server) ? [allowInsecureRequests] : [],
      });
    known.set(name, found);
    found.catch(() => known.delete(name)); // asked again next time
    return found;
  };
  const unreachable = (name: string, error: unknown): Refusal => {
    log.warn({ provider: name, error: reasonOf(error) }, 'an OpenID Connect provider does not answer as it should');
    return new Refusal('UNAVAILABLE', `The provider ${name} cannot be reached. Try again in a moment.`, {
      retryAfterSeconds: 5,
    });
  };

  return {
    all: settings.map((one) => ({
      name: one.name,
      clientId: one.clientId,
      authorizationEndpoint: () =>
        configurationOf(one).then(
          (configuration) => configuration.serverMetadata().authorization_endpoint ?? null,
          (error: unknown) => (unreachable(one.name, error), null),
        ),
    })),
    async subjectOf({ provider, callbackUrl, codeVerifier, state, nonce }) {
      const chosen = settingsOf(provider);
      if (!URL.canParse(callbackUrl)) throw new Refusal('BAD_USER_INPUT', 'callbackUrl is not an address.');
      const configuration = await configurationOf(chosen).catch((error: unknown) => {
        throw unreachable(provider, error);
      });
      const checks = {
        pkceCodeVerifier: codeVerifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      };
      try {
        const tokens = await authorizationCodeGrant(configuration, new URL(callbackUrl), checks);
        return tokens.claims()!.sub; // idTokenExpected: without one it has thrown
      } catch (error) {
        if (isAway(error)) throw unreachable(provider, error);
        log.info({ provider, error: reasonOf(error) }, 'a provider vouched for nobody');
        throw notConfirmed(provider);
      }
    },
  };
}

export const notConfirmed = (provider: string) =>
  new Refusal('INVALID_CREDENTIALS', `The provider ${provider} did not confirm who you are.`);

/** OIDC_PROVIDERS: a JSON array. Throws a StartRefusal that names what is wrong, and no secret. */
export function readProviders(text: string | undefined): ProviderSettings[] {
  const refuse = (what: string) =>
    new StartRefusal(
      `OIDC_PROVIDERS ${what}.`,
      'It is a JSON array of { "name", "issuer", "clientId", "clientSecret" }, all of them strings.',
    );
  if (!text) return [];
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw refuse('is not JSON');
  }
  if (!Array.isArray(given)) throw refuse('is not an array');
  const settings = given.map((one: Partial<Record<keyof ProviderSettings, unknown>> | null, n): ProviderSettings => {
    const { name, issuer, clientId, clientSecret } = one ?? {};
    if (typeof name !== 'string' || !/^[a-z][a-z0-9-]{0,31}$/.test(name))
      throw refuse(`has an entry ${n + 1} whose name is not 1 to 32 of a-z, 0-9 and dash`);
    if (typeof issuer !== 'string' || !URL.canParse(issuer)) throw refuse(`names no issuer for ${name}`);
    if (new URL(issuer).protocol !== 'https:' && !isLoopback(new URL(issuer)))
      throw refuse(`has an issuer for ${name} that is not https`);
    if (typeof clientId !== 'string' || typeof clientSecret !== 'string' || !clientId || !clientSecret)
      throw refuse(`has no clientId and clientSecret for ${name}`);
    return { name, issuer, clientId, clientSecret };
  });
  if (new Set(settings.map(({ name }) => name)).size < settings.length) throw refuse('has two entries of one name');
  return settings;
}

const noAnswer = new Set<string | undefined>([
  'OAUTH_TIMEOUT',
  'OAUTH_PARSE_ERROR',
  'OAUTH_RESPONSE_IS_NOT_JSON',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
]);

/** What is not the player's doing: no answer, no sense in it, or our own credentials refused. */
function isAway(error: unknown): boolean {
  if (error instanceof ResponseBodyError) return error.status >= 500 || error.error === 'invalid_client';
  if (error instanceof ClientError) return noAnswer.has(error.code);
  return error instanceof TypeError && error.message === 'fetch failed';
}

const reasonOf = (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));

/** On this machine alone a provider may do without TLS. */
const isLoopback = ({ hostname }: URL) => ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
