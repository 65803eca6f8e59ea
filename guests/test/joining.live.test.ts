import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { parse, stringify } from 'yaml';
import { type Gateway, startGateway } from '../../gateway/server.ts';
import { termsForAll } from '../../gateway/supergraph/subgraphTerms.ts';
import { connect } from '../../local/sql.ts';
import { type Answer, log } from '../../local/test/graph.ts';
import { freePort } from '../../local/ports.ts';
import { type HttpDoor, openDoor } from '../../shared/process/http.ts';
import { remoteKeys } from '../../shared/identity.ts';
import { until } from '../../shared/testing/harness.ts';
import { graphWithGuests, newcomer } from './graph.ts';

const root = join(import.meta.dirname, '../..');
const graph = graphWithGuests();

/** A supergraph file of the running subgraphs with these names; `elsewhere` stands over their addresses. */
function writeSupergraph(file: string, names: (name: string) => boolean, elsewhere: Record<string, string> = {}) {
  const given = parse(readFileSync(join(root, 'guests/supergraph.yaml'), 'utf8')) as {
    subgraphs: Record<string, { schema: { file: string } }>;
  };
  const subgraphs = Object.entries(given.subgraphs)
    .filter(([name]) => names(name))
    .map(([name, { schema }]) => [
      name,
      {
        routing_url: elsewhere[name] ?? graph.subgraphs()[name],
        schema: { file: resolve(root, 'guests', schema.file) },
      },
    ]);
  writeFileSync(file, stringify({ ...given, subgraphs: Object.fromEntries(subgraphs) as object }));
}

const three = ['auth', 'catalog', 'progress'];
const file = () => join(mkdtempSync(join(tmpdir(), 'joining-')), 'supergraph.yaml');

const openGateway = (supergraph: string) =>
  startGateway({
    host: '127.0.0.1',
    port: 0,
    supergraph: { file: supergraph },
    gatewaySecret: graph.secrets.gatewaySecret,
    keys: remoteKeys(new URL('/.well-known/jwks.json', graph.subgraphs().auth).href),
    development: false,
    allowedOrigins: [],
    subgraphs: termsForAll({ timeoutMs: 1000 }),
    log,
  });

async function ask(gateway: Gateway, query: string, token: string): Promise<Answer> {
  const response = await fetch(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  });
  return (await response.json()) as Answer;
}

test('guests join and leave while the gateway runs, and what was open stays open', async () => {
  const supergraph = file();
  writeSupergraph(supergraph, (name) => three.includes(name));
  const gateway = await openGateway(supergraph);
  const player = await newcomer(graph);
  const look = () => ask(gateway, '{ quote(symbol: "aapl.us") { close } }', player.token);
  const popups: unknown[] = [];
  const client = createClient({
    url: gateway.url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${player.token}` },
  });
  // After a cursor nothing is missed, whenever the stream begins.
  const after = (await ask(gateway, '{ me { questCursor } }', player.token)).data.me.questCursor as string;
  const query = 'subscription ($after: String) { questCompleted(after: $after) { quest { name } } }';
  const sink = { next: (popup: unknown) => void popups.push(popup), error: () => {}, complete: () => {} };
  client.subscribe({ query, variables: { after } }, sink);
  expect((await look()).errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');

  writeSupergraph(supergraph, () => true);
  expect(await gateway.reload()).toBe(true);
  expect((await look()).data).toEqual({ quote: { close: '123' } });

  writeSupergraph(supergraph, (name) => three.includes(name));
  expect(await gateway.reload()).toBe(true);
  expect((await look()).errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  for (const _ of [2, 3]) await graph.tokenOf(player.name, player.password);
  await until(() => popups.length === 1, 'the popup');
  await client.dispose();
  await gateway.stop();
});

describe('a guest that', () => {
  const query = '{ me { name wallet { gold } quoteHistory { nodes { symbol } } } }';
  const page = Buffer.alloc(12 * 1024 * 1024, ' ');
  const ways: [string, ((response: ServerResponse) => void) | undefined][] = [
    ['is down', undefined],
    ['is slow', () => {}],
    ['breaks off', (response) => void response.writeHead(200, { 'content-length': 100 }).end('{"data"')],
    ['answers a page', (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
    ['answers too much', (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(page)],
    ['answers another user’s history', (response) => void response.end('{"data":{"_entities":[{"quoteHistory":7}]}}')],
    [
      'answers more entities than were asked for',
      (response) => void response.end('{"data":{"_entities":[null,null,null]}}'),
    ],
    ['tells its secrets', (response) => void response.end('{"errors":[{"message":"select * from secrets"}]}')],
  ];
  test.each(ways)('%s harms nobody else', async (_, behave) => {
    let door: HttpDoor | undefined;
    if (behave) door = await openDoor('127.0.0.1', 0, log, async (_request, response) => behave(response));
    const supergraph = file();
    const url = door?.url ?? `http://127.0.0.1:${await freePort()}`;
    writeSupergraph(supergraph, () => true, { quotes: `${url}/graphql` });
    const gateway = await openGateway(supergraph);
    const player = await newcomer(graph);
    const { data, errors } = await ask(gateway, query, player.token);
    expect(data).toEqual({ me: { name: player.name, wallet: { gold: 0 }, quoteHistory: null } });
    expect(errors).toHaveLength(1);
    expect(JSON.stringify(errors)).not.toContain('secrets');
    await gateway.stop();
    await door?.stop(0);
  });
});

test('what is deleted for good is forgotten by guests too', async () => {
  const [leaver, other] = [await newcomer(graph), await newcomer(graph)];
  for (const { token } of [leaver, other]) await graph.ask('{ quote(symbol: "aapl.us") { close } }', {}, token);
  const database = await connect(graph.databases['quotes']!);
  const kept = async (userId: string) =>
    (await database.query('select from looked_up where user_id = $1', [userId])).rows.length;
  expect(await kept(leaver.id)).toBe(1);
  const { errors } = await graph.ask(
    'mutation ($password: String) { deleteAccount(password: $password) }',
    { password: leaver.password },
    leaver.token,
  );
  expect(errors).toBeUndefined();
  await until(async () => (await kept(leaver.id)) === 0, 'the history to be forgotten');
  expect(await kept(other.id)).toBe(1);
  await database.end();
});
