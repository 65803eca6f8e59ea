import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { until } from '../../../shared/testing/harness.ts';
import { readConfiguration } from '../../configuration/configuration.ts';
import { startGateway } from '../../server.ts';
import { settingsOf } from '../../settings.ts';
import { loadSupergraph } from '../../supergraph/supergraph.ts';
import { openSupply } from '../../supergraph/supply.ts';
import { ask, supergraphFile } from '../graph.ts';

const folder = mkdtempSync(join(tmpdir(), 'supply-'));
const keepFile = join(folder, 'kept.graphql');
const composed = loadSupergraph({ file: supergraphFile });
/** With one more field, so that it shows which one is served. */
const larger = composed.replace(/type Query\n([^{]*)\{/, 'type Query\n$1{\n  later: Int @join__field(graph: THINGS)');
const tagOf = (sdl: string) => `"${createHash('sha256').update(sdl).digest('hex')}"`;

interface Registry {
  sdl: string | undefined;
  requests: { method: string; url: string; key: string | undefined; status: number }[];
  url: string;
  stop(): Promise<unknown>;
}
const registries: Registry[] = [];
const running: { stop(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const each of running.splice(0).reverse()) await each.stop();
  await Promise.all(registries.splice(0).map((registry) => registry.stop()));
});

/** A real server that answers as a registry does. */
async function startRegistry(
  answer: (registry: Registry, request: IncomingMessage, body: string) => [number, object | string, object?],
) {
  const server: Server = createServer((request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      const [status, content, headers = {}] = answer(registry, request, body);
      const key = request.headers['x-hive-cdn-key'] as string | undefined;
      registry.requests.push({ method: request.method!, url: request.url!, key, status });
      response.writeHead(status, { connection: 'close', ...headers });
      response.end(typeof content === 'string' ? content : JSON.stringify(content));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const registry: Registry = {
    sdl: composed,
    requests: [],
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())),
  };
  registries.push(registry);
  return registry;
}

const byTag = (registry: Registry, { headers }: IncomingMessage): [number, string, object?] => {
  if (registry.sdl === undefined) return [503, 'away'];
  const etag = tagOf(registry.sdl);
  return headers['if-none-match'] === etag ? [304, ''] : [200, registry.sdl, { etag }];
};

async function serve(supergraph: string) {
  const file = join(folder, 'gateway.yaml');
  writeFileSync(file, `supergraph:\n  poll_ms: 100\n${supergraph}server: { port: 0, development: true }\n`);
  const configuration = readConfiguration({ file }, {});
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const supply = await openSupply(configuration, log);
  const gateway = await supply.serve((source) =>
    startGateway({ ...settingsOf(configuration), supergraph: source, log }),
  );
  running.push(gateway, supply);
  const knows = async (field: string) => {
    const { data } = await ask(gateway.url, '{ __type(name: "Query") { fields { name } } }');
    return (data as unknown as { __type: { fields: { name: string }[] } }).__type.fields.some(
      ({ name }) => name === field,
    );
  };
  return { knows, lines };
}

test('a supergraph is polled by its tag, and what changes is served', async () => {
  const registry = await startRegistry(byTag);
  const { knows } = await serve(`  url: ${registry.url}/supergraph\n`);
  await until(() => registry.requests.some(({ status }) => status === 304), 'nothing is sent that is known');
  expect(await knows('later')).toBe(false);
  registry.sdl = larger;
  await until(() => knows('later'), 'the new one is served');
  expect(registry.requests.filter(({ status }) => status === 200)).toHaveLength(2);
});

test('an address that says nothing is given up after `timeout_ms`', async () => {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  running.push({ stop: () => new Promise((resolve) => (server.close(() => resolve()), server.closeAllConnections())) });
  const { port } = server.address() as AddressInfo;
  await expect(serve(`  url: http://127.0.0.1:${port}/\n  timeout_ms: 50\n`)).rejects.toThrow('cannot be fetched');
});

test('what cannot be served is not, and what is away changes nothing', async () => {
  const registry = await startRegistry(byTag);
  const { knows, lines } = await serve(`  url: ${registry.url}/supergraph\n`);
  registry.sdl = 'type Query { nonsense: Int }';
  await until(() => lines.some((line) => line.includes('cannot be served; the old one stays')), 'it is refused');
  registry.sdl = undefined;
  await until(() => lines.some((line) => line.includes('the one that is served stays')), 'it is away');
  expect(await knows('people')).toBe(true);
  registry.sdl = larger;
  await until(() => knows('later'), 'a good one is served');
});

test('the last good one is kept on disc, and serves where the address does not answer or answers nonsense', async () => {
  const registry = await startRegistry(byTag);
  await serve(`  url: ${registry.url}\n  keep_file: ${keepFile}\n`);
  expect(readFileSync(keepFile, 'utf8')).toBe(composed);
  registry.sdl = larger;
  await until(() => readFileSync(keepFile, 'utf8') === larger, 'the new one is kept');
  registry.sdl = undefined;
  const second = await serve(`  url: ${registry.url}\n  keep_file: ${keepFile}\n`);
  expect(await second.knows('later')).toBe(true);
  registry.sdl = 'nonsense';
  const third = await serve(`  url: ${registry.url}\n  keep_file: ${keepFile}\n`);
  expect(await third.knows('later')).toBe(true);
  expect(readFileSync(keepFile, 'utf8')).toBe(larger);
});

test('without one that is kept the start is refused with the reason', async () => {
  const registry = await startRegistry(byTag);
  registry.sdl = undefined;
  await expect(serve(`  url: ${registry.url}/none\n`)).rejects.toThrow(`${registry.url}/none answered 503`);
  expect(existsSync(join(folder, 'none'))).toBe(false);
});

test('Hive’s CDN gets its key, and the place that it sends on to does not', async () => {
  const storage = await startRegistry(byTag);
  const cdn = await startRegistry(() => [302, '', { location: `${storage.url}/stored` }]);
  const { knows } = await serve(`  hive: { endpoint: '${cdn.url}/artifacts/v1/target', key: hive-key }\n`);
  expect(await knows('people')).toBe(true);
  expect(cdn.requests[0]).toMatchObject({ url: '/artifacts/v1/target/supergraph', key: 'hive-key' });
  expect(storage.requests[0]).toMatchObject({ url: '/stored', key: undefined });
});

test('Apollo’s Uplink is asked with the id that is known, and another endpoint where one fails', async () => {
  const asked: { ref: string; apiKey: string; ifAfterId: string | null }[] = [];
  const broken = await startRegistry(() => [500, 'no']);
  const uplink = await startRegistry(({ sdl }, _, body) => {
    const { variables } = JSON.parse(body) as { variables: (typeof asked)[number] };
    asked.push(variables);
    const id = tagOf(sdl!);
    const routerConfig =
      variables.ifAfterId === id
        ? { __typename: 'Unchanged', id }
        : { __typename: 'RouterConfigResult', id, supergraphSdl: sdl };
    return [200, { data: { routerConfig } }];
  });
  const { knows } = await serve(
    `  uplink: { endpoints: ['${broken.url}/', '${uplink.url}/'], graph_ref: graph@current, key: apollo-key }\n`,
  );
  await until(() => asked.length > 1, 'it is asked again');
  expect(asked.slice(0, 2)).toEqual([
    { ref: 'graph@current', apiKey: 'apollo-key', ifAfterId: null },
    { ref: 'graph@current', apiKey: 'apollo-key', ifAfterId: tagOf(composed) },
  ]);
  uplink.sdl = larger;
  await until(() => knows('later'), 'the new one is served');
});

test('Uplink’s own refusal is the reason, without the key', async () => {
  const uplink = await startRegistry(() => [
    200,
    {
      data: {
        routerConfig: { __typename: 'FetchError', code: 'AUTHENTICATION_FAILED', message: 'Unable to authenticate' },
      },
    },
  ]);
  const start = serve(`  uplink: { endpoints: ['${uplink.url}/'], graph_ref: g, key: apollo-key }\n`);
  await expect(start).rejects.toThrow(/AUTHENTICATION_FAILED: Unable to authenticate/);
  await expect(start).rejects.not.toThrow(/apollo-key/);
});

test('a name that no subgraph has is refused', async () => {
  const file = join(folder, 'named.yaml');
  writeFileSync(
    file,
    `supergraph: { file: ${join(folder, 'composed.graphql')} }\nsubgraphs: { poeple: {} }\nidentity_free: [thing]\n`,
  );
  writeFileSync(join(folder, 'composed.graphql'), composed);
  const open = openSupply(readConfiguration({ file }, {}), pino({ level: 'silent' }));
  await expect(open).rejects.toThrow(
    'subgraphs names "poeple", which is no subgraph\nidentity_free names "thing", which is no subgraph',
  );
});
