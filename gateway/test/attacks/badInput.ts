import { gzipSync } from 'node:zlib';
import { type Sent, json } from '../request.ts';
import { type Calling, beginMany, callHead, callRaw, flood, frame, http2Frame, textField } from './grpcCalls.ts';
import { dribble } from './dribble.ts';
import type { Got, Player, Stage } from './stage.ts';

/** What stands behind a row of the table in docs/doors.md: what is sent at each door, in the order of its columns. */
export interface BadInput {
  rest?: (field: Field) => Promise<Got>;
  grpc?: (field: Field) => Promise<{ outcome: string }>;
  graphql?: (field: Field) => Promise<Got>;
}

/** What is at hand to send it with. */
export interface Field {
  stage: Stage;
  player: Player;
}

const tooLarge = 'x'.repeat(200_000);
const query = JSON.stringify({ query: '{ me { id } }' });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const jsonType = { 'content-type': 'application/json' };

const rest =
  (path: string, sent: Omit<Sent, 'path'> = {}): NonNullable<BadInput['rest']> =>
  ({ stage, player }) =>
    stage.send({ method: 'GET', ...sent, path, headers: { ...bearer(player.token), ...sent.headers } });
const graphql =
  (body: string, headers: Record<string, string> = {}): NonNullable<BadInput['graphql']> =>
  ({ stage, player }) =>
    stage.send({ headers: { ...json, ...bearer(player.token), ...headers }, body });
const ask = (text: string, variables: object = {}) => graphql(JSON.stringify({ query: text, variables }));
const grpc =
  (method: string, calling: Calling = {}): NonNullable<BadInput['grpc']> =>
  ({ stage, player }) =>
    callRaw(stage.graph.grpcPort(), method, { ...calling, headers: { ...bearer(player.token), ...calling.headers } });

const nobody = (stage: Stage, player: Player, token: string): Field => ({ stage, player: { ...player, token } });
/** The same at each door with another token than the player's. */
const withToken = (tokenOf: (field: Field) => string): BadInput => {
  const { rest: one, grpc: other, graphql: third } = reading;
  const as = (field: Field) => nobody(field.stage, field.player, tokenOf(field));
  return {
    rest: (field) => one!(as(field)),
    grpc: (field) => other!(as(field)),
    graphql: (field) => third!(as(field)),
  };
};
const reading: BadInput = {
  rest: rest('/api/v1/me/events'),
  grpc: grpc('ListMyEvents'),
  graphql: ask('{ me { events { nodes { id } } } }'),
};

const withoutToken = { authorization: [] as string[] };
const named = (name: string) => grpc('GetQuestInfo', { body: frame(textField(1, name)) });

export const badInputs: Record<string, BadInput> = {
  'an address, a method or a field that is not there': {
    rest: rest('/api/v1/nothing'),
    grpc: grpc('Nothing'),
    graphql: ask('{ nothing }'),
  },
  'another verb than the address takes': {
    rest: rest('/api/v1/me', { method: 'PUT' }),
    grpc: grpc('GetMe', { method: 'PUT' }),
    graphql: ({ stage }) => stage.send({ method: 'PUT', headers: json, body: query }),
  },
  'an id that is none, or nobody’s': {
    rest: rest('/api/v1/quests/not-an-id'),
    grpc: grpc('GetQuest', { body: frame(textField(1, 'not-an-id')) }),
  },
  'a path that climbs': { rest: rest('/api/v1/quests/..%2f..%2fpackage.json') },
  'a path that is encoded twice': { rest: rest('/api/v1/quests/by-name/%252e%252e%252fpackage.json') },
  'a path that is not UTF-8': { rest: rest('/api/v1/quests/%ff') },
  'line breaks that would be headers': {
    rest: rest('/api/v1/quests/by-name/x%0d%0aset-cookie:%20a=b'),
    grpc: named('x\r\nset-cookie: a=b'),
    graphql: ask('query ($name: String!) { claimReward: questByName(name: $name) { id } nothing }', { name: 'x\r\ny' }),
  },
  'text where a number stands, in the query': { rest: rest('/api/v1/quests?first=two') },
  'a page that is too large': {
    rest: rest('/api/v1/quests?first=1000'),
    grpc: grpc('ListQuests', { body: frame(Buffer.from([0x08, 0xe8, 0x07])) }),
    graphql: ask('{ quests(first: 1000) { nodes { id } } }'),
  },
  'a parameter given twice': { rest: rest('/api/v1/quests?first=1&first=2') },
  'a parameter or a member that nobody reads': {
    rest: rest('/api/v1/quests?frist=1'),
    graphql: ask('mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }', {
      input: { name: 'user', password: 'password', role: 'OPERATOR' },
    }),
  },
  'a value of another type in the body': {
    rest: rest('/api/v1/me/display-name', { method: 'PUT', headers: jsonType, body: '{"displayName":7}' }),
    grpc: grpc('ChangeDisplayName', { body: frame(Buffer.from([0x08, 0x07])) }),
    graphql: ask('mutation ($n: String!) { changeDisplayName(displayName: $n) { id } }', { n: 7 }),
  },
  'a value that is missing': {
    rest: rest('/api/v1/me/display-name', { method: 'PUT', headers: jsonType, body: '{}' }),
    grpc: grpc('ChangeDisplayName'),
    graphql: ask('mutation ($n: String!) { changeDisplayName(displayName: $n) { id } }'),
  },
  'half a message': {
    rest: rest('/api/v1/me/display-name', { method: 'PUT', headers: jsonType, body: '{"displayName":' }),
    grpc: grpc('ChangeDisplayName', { body: frame(Buffer.from([0x0a, 0x05, 0x61])) }),
    graphql: graphql('{"query":'),
  },
  'bytes that are no message': {
    rest: rest('/api/v1/me/display-name', { method: 'PUT', headers: jsonType, body: '\u0000\u0001' }),
    grpc: grpc('ChangeDisplayName', { body: frame(Buffer.alloc(64, 0xff)) }),
    graphql: graphql('\u0000\u0001'),
  },
  'text that is not UTF-8': {
    rest: rest('/api/v1/me/display-name', {
      method: 'PUT',
      headers: { 'content-type': 'application/json; charset=utf-16' },
      body: '{"displayName":"a"}',
    }),
    grpc: grpc('ChangeDisplayName', { body: frame(Buffer.from([0x0a, 0x01, 0xff])) }),
    graphql: graphql(query, { 'content-type': 'application/json; charset=utf-16' }),
  },
  'two messages where one is asked for, or a prefix that lies': {
    grpc: grpc('GetMe', { body: Buffer.concat([frame(Buffer.alloc(0)), frame(Buffer.alloc(0))]) }),
    graphql: graphql(`[${query},${query}]`),
  },
  'another media type': {
    rest: rest('/api/v1/me/display-name', { method: 'PUT', headers: { 'content-type': 'text/plain' }, body: 'a' }),
    grpc: grpc('GetMe', { headers: { 'content-type': 'text/plain' } }),
    graphql: graphql(query, { 'content-type': 'text/plain' }),
  },
  'a body larger than 100 KB of who shows no token': {
    rest: ({ stage }) =>
      stage.send({ method: 'POST', path: '/api/v1/sessions', headers: jsonType, body: `{"name":"${tooLarge}"}` }),
    grpc: ({ stage }) =>
      callRaw(stage.graph.grpcPort(), 'SignIn', { body: frame(textField(1, tooLarge)), headers: withoutToken }),
    graphql: ({ stage }) => stage.send({ headers: json, body: JSON.stringify({ query: '{ me { id } }', tooLarge }) }),
  },
  'a body larger than 5 MB': {
    rest: rest('/api/v1/me/display-name', {
      method: 'PUT',
      headers: jsonType,
      body: `{"displayName":"${'x'.repeat(6_000_000)}"}`,
    }),
    grpc: grpc('ChangeDisplayName', { body: frame(textField(1, 'x'.repeat(6_000_000))) }),
    graphql: graphql(JSON.stringify({ query: '{ me { id } }', more: 'x'.repeat(6_000_000) })),
  },
  'a bomb of gzip': {
    rest: rest('/api/v1/me/display-name', {
      method: 'PUT',
      headers: { ...jsonType, 'content-encoding': 'gzip' },
      body: gzipSync(Buffer.alloc(50_000_000, ' ')),
    }),
    grpc: grpc('ChangeDisplayName', {
      headers: { 'grpc-encoding': 'gzip' },
      body: frame(gzipSync(Buffer.alloc(50_000_000, ' ')), 1),
    }),
    graphql: ({ stage }) =>
      stage.send({ headers: { ...json, 'content-encoding': 'gzip' }, body: gzipSync(Buffer.alloc(50_000_000, ' ')) }),
  },
  'a compression that nobody knows': {
    rest: rest('/api/v1/me/display-name', {
      method: 'PUT',
      headers: { ...jsonType, 'content-encoding': 'zz' },
      body: 'a',
    }),
    grpc: grpc('GetMe', { headers: { 'grpc-encoding': 'zz' }, body: frame(Buffer.from('a'), 1) }),
    graphql: graphql(query, { 'content-encoding': 'zz' }),
  },
  'a deadline that cannot be read': { grpc: grpc('GetMe', { headers: { 'grpc-timeout': 'soon' } }) },
  'a deadline that is over': { grpc: grpc('GetMe', { headers: { 'grpc-timeout': '1n' } }) },
  'no token where one is needed': {
    rest: ({ stage }) => stage.send({ method: 'GET', path: '/api/v1/quests' }),
    grpc: ({ stage }) => callRaw(stage.graph.grpcPort(), 'GetAllQuests'),
    graphql: ({ stage }) => stage.send({ headers: json, body: '{"query":"{ quests { nodes { id } } }"}' }),
  },
  'a token that has ended': withToken(({ stage, player }) => {
    const now = Math.floor(Date.now() / 1000);
    return stage.forge({ sub: player.id, iat: now - 900, exp: now - 1 });
  }),
  'a token that is none': withToken(() => 'not.a.token'),
  'two authorizations': {
    rest: rest('/api/v1/me', { headers: { authorization: ['Bearer a', 'Bearer b'] } }),
    grpc: grpc('GetMe', { headers: { authorization: ['Bearer a', 'Bearer b'] } }),
    graphql: ({ stage }) => stage.send({ headers: { ...json, authorization: ['Bearer a', 'Bearer b'] }, body: query }),
  },
  'a wrong password': {
    rest: rest('/api/v1/me', {
      headers: { authorization: `Basic ${Buffer.from('nobody:wrong password').toString('base64')}` },
    }),
    grpc: ({ stage }) =>
      callRaw(stage.graph.grpcPort(), 'SignIn', {
        body: frame(Buffer.concat([textField(1, 'nobody'), textField(2, 'wrong password')])),
      }),
    graphql: ask('mutation { signIn(input: { name: "nobody", password: "wrong password" }) { accessToken } }'),
  },
  'a player where only operators may': {
    rest: rest('/api/v1/quest-stats'),
    grpc: grpc('GetQuestStats'),
    graphql: ask('{ questStats { completions } }'),
  },
  'headers of 20 KB': {
    rest: rest('/api/v1/me', { headers: { 'x-long': 'x'.repeat(20_000) } }),
    grpc: grpc('GetMe', { headers: { 'x-long': 'x'.repeat(20_000) } }),
    graphql: graphql(query, { 'x-long': 'x'.repeat(20_000) }),
  },
};

/** The bytes of one HTTP/1.1 request that never ends. */
const slowly =
  (head: string, more: string): NonNullable<BadInput['rest']> =>
  async ({ stage }) => {
    const { port, host } = new URL(stage.graph.url());
    const { text } = await dribble(Number(port), head.replace('HOST', host), more);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0);
    return { status, headers: {}, body: Buffer.from(text), text, codes: [] };
  };
const flooding =
  (next: (n: number) => Buffer | undefined): NonNullable<BadInput['grpc']> =>
  ({ stage }) =>
    flood(stage.graph.grpcPort(), next);
const times = (count: number, make: (n: number) => Buffer) =>
  Buffer.concat(Array.from({ length: count }, (_, n) => make(n)));
const cancel = Buffer.from([0, 0, 0, 8]);

/** Those that take their time: begin them together. */
export const slowInputs: Record<string, BadInput> = {
  'a head that never ends': {
    rest: slowly('POST /api/v1/sessions HTTP/1.1\r\nhost: HOST\r\n', 'x: y\r\n'),
    grpc: flooding((n) => (n === 0 ? http2Frame(1, 0, 1, callHead) : undefined)),
    graphql: slowly('POST /graphql HTTP/1.1\r\nhost: HOST\r\n', 'x: y\r\n'),
  },
  'a body that never comes': {
    rest: slowly(
      'POST /api/v1/sessions HTTP/1.1\r\nhost: HOST\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n',
      ' ',
    ),
    grpc: grpc('GetMe', { body: Buffer.from([0, 0]), isOpen: true }),
    graphql: slowly(
      'POST /graphql HTTP/1.1\r\nhost: HOST\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n',
      ' ',
    ),
  },
  'a connection that says nothing': { grpc: ({ stage }) => hangUp(stage.graph.grpcPort()) },
};

const hangUp = async (port: number) => {
  await dribble(port, '', '');
  return { outcome: 'closed' };
};

/** A hundred calls in each write. */
export const floods: Record<string, BadInput> = {
  'calls begun and reset without end': {
    grpc: flooding((n) =>
      times(100, (m) => {
        const stream = 2 * (100 * n + m) + 1;
        return Buffer.concat([http2Frame(1, 4, stream, callHead), http2Frame(3, 0, stream, cancel)]);
      }),
    ),
  },
  'a head of CONTINUATION frames without end': {
    grpc: flooding((n) =>
      n === 0
        ? http2Frame(1, 0, 1, callHead)
        : times(100, () => http2Frame(9, 0, 1, Buffer.from([0x00, 1, 0x61, 1, 0x62]))),
    ),
  },
  'more than 256 calls begun and not finished': { grpc: ({ stage }) => beginMany(stage.graph.grpcPort(), 300) },
};
