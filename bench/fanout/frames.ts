/**
 * npm run bench:frames -- [--sockets 2000] [--frames 100000] [--profile FOLDER]
 *
 * What one frame costs the gateway: CPU of its process per frame, over subgraphs that live in this one. `shared`: all sockets hold one public
 * stream, and each event goes to all of them. `own`: every socket is a user of its own with a stream of its own, and each event asks another
 * subgraph for an entity. Every frame is counted, and the first of each event is compared with what it must be.
 */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { WebSocket, WebSocketServer } from 'ws';
import { openTokens } from '../../subgraphs/auth/sessions/tokens.ts';
import { startGatewayProcess } from './gateway.ts';

const { values } = parseArgs({
  options: {
    sockets: { type: 'string', default: '2000' },
    frames: { type: 'string', default: '100000' },
    profile: { type: 'string' },
  },
});
const [sockets, frames] = [Number(values.sockets), Number(values.frames)];

const schemas = {
  matches: `
    type Query { matches: Int! }
    type Subscription { scored: Goal! mine: Goal! }
    type Goal { number: Int! at: String! match: Match! scorers: [Player!]! }
    type Match @key(fields: "id") { id: ID! }
    type Player { id: ID! name: String! }`,
  halls: `
    type Query { halls: Int! }
    type Match @key(fields: "id") { id: ID! title: String! hall: String! }`,
};
const selection = '{ number at match { id title hall } scorers { id name } }';
const goal = (number: number) => ({
  number,
  at: '2026-11-28T12:00:00.000Z',
  match: { __typename: 'Match', id: `match-${number % 50}` },
  scorers: Array.from({ length: 5 }, (_, n) => ({ id: `player-${n}`, name: `The scorer number ${n}` })),
});
const match = (id: string) => ({ id, title: `The ${id} of the season`, hall: 'Great Hall' });

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const { jwks, signAccess } = openTokens(privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);

/** Both subgraphs, and the keys: entities over HTTP, streams over graphql-transport-ws. */
const streams: { id: string; field: string; socket: WebSocket }[] = [];
const server = createServer((request, response) => {
  response.setHeader('content-type', 'application/json');
  if (request.method === 'GET') {
    if (request.url === '/keys') response.end(JSON.stringify(jwks));
    // Nothing ends here, which is told as late as auth would tell it.
    else setTimeout(() => response.end(JSON.stringify({ asOf: '1', forgetBefore: '0', ended: [] })), 500);
    return;
  }
  let text = '';
  request.on('data', (chunk) => (text += String(chunk)));
  request.on('end', () => {
    const { variables } = JSON.parse(text) as { variables: { representations: { id: string }[] } };
    const entities = variables.representations.map(({ id }) => match(id));
    response.end(JSON.stringify({ data: { _entities: entities } }));
  });
});
new WebSocketServer({ server }).on('connection', (socket) =>
  socket.on('message', (data) => {
    const { type, id, payload } = JSON.parse(String(data)) as {
      type: string;
      id: string;
      payload: { query: string };
    };
    if (type === 'connection_init') socket.send('{"type":"connection_ack"}');
    if (type === 'subscribe') streams.push({ id, field: payload.query.includes('scored') ? 'scored' : 'mine', socket });
  }),
);
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const folder = mkdtempSync(join(tmpdir(), 'frames-'));
const graph = join(folder, 'supergraph.yaml');
for (const [name, schema] of Object.entries(schemas))
  writeFileSync(
    join(folder, `${name}.graphql`),
    `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])\n${schema}`,
  );
writeFileSync(
  graph,
  `federation_version: =2.11.0
subgraphs:
${Object.keys(schemas)
  .map((name) => `  ${name}: { routing_url: ${origin}/${name}, schema: { file: ./${name}.graphql } }`)
  .join('\n')}
gateway:
  identity_free: [halls]
  streams: { scored: { public: true } }
`,
);

const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
};

async function measure(field: 'scored' | 'mine', headersOf: (n: number) => Record<string, string>): Promise<object> {
  streams.length = 0;
  const gateway = await startGatewayProcess(
    {
      SUPERGRAPH: graph,
      JWKS_URL: `${origin}/keys`,
      GATEWAY_SECRET: 'a secret of the benchmark, long enough for the gateway',
      CONNECTIONS_PER_ADDRESS: '100000',
      STRANGERS_PER_ADDRESS: '100000',
    },
    values.profile && join(values.profile, field),
  );
  let heard = 0;
  const expected = (number: number) => {
    const { match: asked, ...others } = goal(number);
    return JSON.stringify({
      data: { [field]: { number, at: others.at, match: match(asked.id), scorers: others.scorers } },
    });
  };
  let next = '';
  const before = gateway.memory();
  const clients = Array.from({ length: sockets }, (_, n) => {
    const socket = new WebSocket(gateway.url.replace('http', 'ws'), 'graphql-transport-ws', {
      perMessageDeflate: false,
      localAddress: `127.0.0.${2 + (n % 50)}`,
    });
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: headersOf(n) })));
    socket.on('message', (data: Buffer) => {
      if (data.includes('connection_ack'))
        socket.send(
          JSON.stringify({
            id: `subscription-${n}`,
            type: 'subscribe',
            payload: { query: `subscription { ${field} ${selection} }` },
          }),
        );
      else if (heard++ % sockets === 0 && !data.includes(next) && next)
        throw new Error(`another frame than expected: ${String(data)}`);
    });
    return socket;
  });
  const count = field === 'scored' ? 1 : sockets;
  await until(() => streams.length === count);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const bytesPerSocket = Math.round((gateway.memory() - before) / sockets);
  const emit = async (number: number) => {
    const payload = { data: { [field]: goal(number) } };
    next = expected(number);
    const wanted = heard + sockets;
    for (const { id, socket } of streams) socket.send(JSON.stringify({ id, type: 'next', payload }));
    await until(() => heard >= wanted);
  };
  const events = Math.ceil(frames / sockets);
  for (let n = 0; n < 5; n++) await emit(n);
  const cpu = gateway.cpuSeconds();
  for (let n = 0; n < events; n++) await emit(n);
  const cpuMsPerFrame = Number((((gateway.cpuSeconds() - cpu) * 1000) / (events * sockets)).toFixed(4));
  for (const client of clients) client.terminate();
  await gateway.stop();
  return { cpuMsPerFrame, bytesPerSocket };
}

const shared = await measure('scored', () => ({}));
const issuedAt = new Date();
const expiresAt = new Date(issuedAt.getTime() + 900_000);
const own = await measure('mine', (n) => ({
  authorization: `Bearer ${signAccess({ userId: `user-${n}`, sessionId: `session-${n}`, roles: ['PLAYER'], issuedAt, expiresAt })}`,
}));
server.close();
rmSync(folder, { recursive: true });
console.log(JSON.stringify({ sockets, shared, own }));
process.exit(0);
