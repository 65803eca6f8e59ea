import { createHash, createPublicKey } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import { type Graph, startGraph } from '../../../local/test/graph.ts';
import { localCarrier } from '../../../shared/delivery/carrierLocal.ts';
import { tokenTerms } from '../../../shared/identity.ts';
import { type Got as Received, type Sent, json, send as request } from '../request.ts';

export interface Got extends Received {
  /** Of every error in it. */
  codes: string[];
  data?: unknown;
}

export interface Player {
  id: string;
  name: string;
  token: string;
  refreshToken: string;
}

export const goodPassword = 'correct horse battery';

/** The whole system with a gateway as in production, and what an attacker has: a client without manners, accounts, and a keyboard. */
export interface Stage {
  graph: Graph;
  /** Past every convenience of fetch; the path is that of the graph unless given. */
  send(sent: Sent, origin?: string): Promise<Got>;
  post(query: string, variables?: object, token?: string, headers?: Record<string, string>): Promise<Got>;
  get(query: string, variables?: object, token?: string): Promise<Got>;
  signUp(): Promise<Player>;
  signIn(name: string, password?: string, from?: string): Promise<Got>;
  /** Signed with auth's own key, with claims and header fields changed. */
  forge(claims: object, header?: object): string;
  /** An address that nobody has used. */
  someAddress(): string;
  stop(): Promise<void>;
}

let people = 0;

export async function openStage(): Promise<Stage> {
  const graph = await startGraph(async () => localCarrier(), undefined, {
    development: false,
    trustedProxies: ['127.0.0.1'],
    allowedOrigins: ['https://app.example.com'],
  });
  const send: Stage['send'] = async (sent, origin = graph.url()) => {
    const got = await request(origin, sent);
    return { ...got, ...read(got.text) };
  };
  const bearer = (token?: string): Record<string, string> => (token ? { authorization: `Bearer ${token}` } : {});
  const stage: Stage = {
    graph,
    send,
    post: (query, variables, token, headers = {}) =>
      send({ headers: { ...json, ...bearer(token), ...headers }, body: JSON.stringify({ query, variables }) }),
    get: (query, variables = {}, token) =>
      send({
        method: 'GET',
        path: `/graphql?${new URLSearchParams({ query, variables: JSON.stringify(variables) })}`,
        headers: { accept: json.accept, 'apollo-require-preflight': 'true', ...bearer(token) },
      }),
    async signUp() {
      const name = `attacker-${++people}`;
      const { data, text } = await stage.post(
        'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken refreshToken user { id } } }',
        { input: { name, password: goodPassword } },
        undefined,
        { 'x-forwarded-for': stage.someAddress() },
      );
      if (!data) throw new Error(text);
      const { accessToken, refreshToken, user } = (data as { signUp: SignedUp }).signUp;
      return { name, id: user.id, token: accessToken, refreshToken };
    },
    signIn: (name, password = goodPassword, from = stage.someAddress()) =>
      stage.post(
        'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }',
        { input: { name, password } },
        undefined,
        { 'x-forwarded-for': from },
      ),
    forge(claims, header = {}) {
      const now = Math.floor(Date.now() / 1000);
      const { issuer: iss, audience: aud, type: typ, algorithm: alg } = tokenTerms;
      const { signingKey } = graph.secrets;
      const whole = { iss, aud, sid: 'none', roles: ['PLAYER'], iat: now, exp: now + 900, ...claims };
      const known = Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined));
      return jsonwebtoken.sign(known, signingKey, { header: { alg, typ, kid: kidOf(signingKey), ...header } });
    },
    someAddress: () => `2001:db8:${(++people).toString(16)}::1`,
    stop: () => graph.stop(),
  };
  return stage;
}

interface SignedUp {
  accessToken: string;
  refreshToken: string;
  user: { id: string };
}

function read(text: string): { codes: string[]; data?: unknown } {
  try {
    const { errors = [], data } = JSON.parse(text) as { errors?: { extensions?: { code?: string } }[]; data?: unknown };
    return { codes: errors.map(({ extensions }) => extensions?.code ?? 'none'), data };
  } catch {
    return { codes: [] };
  }
}

function kidOf(privatePem: string): string {
  const { crv, kty, x, y } = createPublicKey(privatePem).export({ format: 'jwk' });
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}
