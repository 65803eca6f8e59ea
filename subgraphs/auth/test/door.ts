import { randomBytes } from 'node:crypto';
import { connect } from '../../../local/sql.ts';
import { localCarrier } from '../../../shared/delivery/carrierLocal.ts';
import { openDatabase } from '../../../shared/database/database.ts';
import { Seal } from '../../../shared/events.ts';
import { openLog } from '../../../shared/process/log.ts';
import { OutboxRow } from '../../../shared/delivery/outbox.ts';
import { testDatabase } from '../../../shared/testing/harness.ts';
import { testKeys } from '../../../shared/testing/tokens.ts';
import { authMigrations } from '../migrations/all.ts';
import { type AuthSettings, startAuth } from '../subgraph.ts';

export interface Answer<Data> {
  status: number;
  data: Data | null;
  /** Of the first error. */
  code: string | undefined;
  message: string | undefined;
  retryAfterSeconds?: number;
}

export interface Session {
  accessToken: string;
  refreshToken: string;
  expiresAt: string;
  user: { id: string; name: string; status: string; roles: string[]; timeZone: string };
  notices: string[];
}

const log = openLog('auth', 'silent');
const gatewaySecret = randomBytes(32).toString('hex');
const inputs = { signUp: 'SignUpInput', signIn: 'SignInInput', signInAsGuest: 'GuestSignInInput' };
const sessionFields = 'accessToken refreshToken expiresAt user { id name status roles timeZone } notices';

/** With the tables of the subgraph and nobody in them. */
export const emptyDatabase = () =>
  testDatabase('auth', async (url) => {
    const database = await openDatabase({
      url,
      subgraph: 'auth',
      entities: [OutboxRow],
      migrations: authMigrations,
      log,
    });
    await database.close();
  });

/** A running subgraph on a database of its own, with the demo users, asked over HTTP as the gateway would ask it. */
export async function openAuth(changes: Partial<AuthSettings> = {}) {
  const database = await emptyDatabase();
  const carrier = localCarrier();
  const seal = new Seal(randomBytes(32).toString('hex'));
  const place = { databaseUrl: database.url, host: '127.0.0.1', port: 0 };
  const settings = {
    ...place,
    gatewaySecret,
    carrier,
    seal,
    signingKey: testKeys().privatePem,
    demo: true,
    log,
    ...changes,
  };
  const auth = await startAuth(settings);
  const connection = await connect(database.url);

  async function ask<Data>(
    query: string,
    variables: object = {},
    token?: string,
    from?: string,
  ): Promise<Answer<Data>> {
    const response = await fetch(auth.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-gateway-secret': gatewaySecret,
        ...(token && { authorization: `Bearer ${token}` }),
        ...(from && { 'x-client-address': from }),
      },
      body: JSON.stringify({ query, variables }),
    });
    const { data = null, errors } = (await response.json()) as {
      data?: Data;
      errors?: { message: string; extensions: { code: string; retryAfterSeconds?: number } }[];
    };
    const { extensions, message } = errors?.[0] ?? {};
    const retryAfterSeconds = extensions?.retryAfterSeconds;
    return {
      status: response.status,
      data,
      code: extensions?.code,
      message,
      ...(retryAfterSeconds && { retryAfterSeconds }),
    };
  }

  /** One of the mutations that answer a session. */
  const enter = (field: keyof typeof inputs, input: object, from?: string) =>
    ask<{ session: Session }>(
      `mutation ($input: ${inputs[field]}!) { session: ${field}(input: $input) { ${sessionFields} } }`,
      { input },
      undefined,
      from,
    );
  const tryRefresh = (token: string) =>
    ask<{ session: Session }>(
      `mutation ($token: String!) { session: refreshSession(refreshToken: $token) { ${sessionFields} } }`,
      { token },
    );
  const granted = async (answer: Promise<Answer<{ session: Session }>>): Promise<Session> => {
    const { data, code, message } = await answer;
    if (!data) throw new Error(`refused: ${code} ${message}`);
    return data.session;
  };

  return {
    /** To start another process of the same subgraph. */
    settings,
    url: auth.url,
    jwksUrl: auth.jwksUrl,
    endingsUrl: auth.endingsUrl,
    gatewaySecret,
    ask,
    /** `from`: the address that the gateway would name. */
    tryUp: (input: object, from?: string) => enter('signUp', input, from),
    tryIn: (input: object, from?: string) => enter('signIn', input, from),
    tryGuest: (input: object, from?: string) => enter('signInAsGuest', input, from),
    tryRefresh,
    signUp: (input: object) => granted(enter('signUp', { password: goodPassword, ...input })),
    signIn: (input: object) => granted(enter('signIn', { password: goodPassword, ...input })),
    signInAsGuest: (input: object) => granted(enter('signInAsGuest', input)),
    refresh: (token: string) => granted(tryRefresh(token)),
    operator: () => granted(enter('signIn', { name: 'operator', password: 'password' })),
    me: (token: string) => ask<{ me: { id: string } | null }>('{ me { id } }', {}, token),
    sql: async <Row>(statement: string, parameters: unknown[] = []) =>
      (await connection.query<Row>(statement, parameters)).rows,
    carrier,
    async stop() {
      await auth.stop();
      await carrier.close();
      await connection.end();
      await database.drop();
    },
  };
}
export type AuthDoor = Awaited<ReturnType<typeof openAuth>>;

export const goodPassword = 'correct horse battery';
