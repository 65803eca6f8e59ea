import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DescService, toJson } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node';
import { buildSchema } from 'graphql';
import { serviceOf } from '../doors/grpc/grpcDoor.ts';
import { loadOperations } from '../operations/operations.ts';
import { type PlainGraph, startPlainGraph } from './plainGraph.ts';

/** Numbers that a double would change, over REST and gRPC. */
const sdl = `
  scalar Long
  scalar JSON
  type Query { echo(long: Long, longs: [Long!], json: JSON, float: Float, int: Int): Echo amount(long: Long): Long }
  type Echo { long: Long longs: [Long!] json: JSON float: Float }
`;
const echo = `($long: Long, $longs: [Long!], $json: JSON, $float: Float, $int: Int) {
  echo(long: $long, longs: $longs, json: $json, float: $float, int: $int) { long longs json float }
}`;
const long = '9007199254740993';
const largest = 2n ** 63n - 1n;

/** The data of the subgraph's answer, and the variables that it got, as text. */
let answered = '';
let graph: PlainGraph;
let service: DescService;
let clients: Record<string, Record<string, (request: object) => Promise<Record<string, unknown>>>>;
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'exact-'));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write('echoIt.graphql', `# Echo.\nquery echoIt${echo}`);
  write('echoBody.graphql', `# Echo.\nquery echoBody${echo}`);
  write('findAmount.graphql', '# An amount.\nquery findAmount($long: Long) { amount(long: $long) }');
  write(
    'rest.yaml',
    [
      'echoIt: { rest: GET /echo, answer: echo }',
      'echoBody: { rest: POST /echo, answer: echo, copies: { first: longs.0 } }',
      "findAmount: { rest: 'GET /amounts/{long}', answer: amount, constants: { kind: amount } }",
    ].join('\n'),
  );
  write('grpc.yaml', 'package: exact.v1\nservice: Exact');
  const operations = loadOperations(folder);
  graph = await startPlainGraph({ shop: sdl }, () => `{"data":${answered}}`, '', { operations, grpc: { port: 0 } });
  const { registry } = serviceOf(operations.grpc!, [...operations.byName.values()], buildSchema(sdl));
  service = registry.getService('exact.v1.Exact')!;
  const made = (transport: Parameters<typeof createClient>[1]) => createClient(service, transport) as never;
  clients = {
    gRPC: made(createGrpcTransport({ baseUrl: `http://127.0.0.1:${graph.gateway.grpcPort}` })),
    Connect: made(createConnectTransport({ baseUrl: new URL(graph.url).origin, httpVersion: '1.1' })),
  };
});
beforeEach(() => void graph.asked.splice(0));
afterAll(() => graph.stop());

const variables = () => /"variables":(\{.*\})\}$/.exec(graph.asked[0]?.text ?? '')?.[1];
async function rest(path: string, body?: string) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(new URL(path, graph.url), body === undefined ? {} : { method: 'POST', headers, body });
  return { status: response.status, text: await response.text() };
}
const refusalOf = async (called: Promise<unknown>) => {
  const { code, rawMessage, metadata } = ConnectError.from(
    await called.then(() => undefined).catch((why: unknown) => why),
  );
  return { status: Code[code], code: metadata.get('error-code'), rawMessage };
};

describe('REST', () => {
  test('takes and gives them in bodies by their text', async () => {
    answered = `{"echo":{"long":${long},"longs":[${long},-${long}],"json":{"n":[1e400]},"float":null}}`;
    const given = `{"long":${long},"longs":[1,-${long}],"json":{"n":[0.12345678901234567890,1e400]}}`;
    expect(await rest('/echo', given)).toEqual({
      status: 200,
      text: `{"long":${long},"longs":[${long},-${long}],"json":{"n":[1e400]},"float":null,"first":${long}}`,
    });
    expect(variables()).toBe(given);
  });
  test('takes them in path and query, and answers one by itself', async () => {
    answered = `{"amount":${long}}`;
    expect(await rest(`/amounts/-${long}`)).toEqual({ status: 200, text: long });
    expect(variables()).toBe(`{"long":-${long}}`);
    answered = '{"echo":null}';
    await rest(`/echo?long=00${long}&longs=7&longs=${largest}`);
    expect(graph.asked[1]!.text).toContain(`{"long":${long},"longs":[7,${largest}]}`);
  });
  test.each([
    ['/echo', '{"int":9007199254740993}', /32-bit/],
    ['/echo', '{"float":1e400}', /Float/],
    ['/echo?float=1e400', undefined, /float must be a number within the range of a double/],
    ['/echo?int=9007199254740993', undefined, /int must be a whole number/],
    ['/echo?long=1.5', undefined, /long must be a whole number/],
    [`/echo?long=${'9'.repeat(41)}`, undefined, /long must be a whole number/],
  ])('%s refuses %s where the type takes no such number', async (path, body, sentence) => {
    const { status, text } = await rest(path, body);
    const { code, detail } = JSON.parse(text) as { code: string; detail: string };
    expect([status, code]).toEqual([400, 'BAD_USER_INPUT']);
    expect(detail).toMatch(sentence);
    expect(graph.asked).toEqual([]);
  });
});

describe.each(['gRPC', 'Connect'])('%s', (name) => {
  const call = (request: object, method = 'echoIt') => clients[name]![method]!(request);
  test('takes and gives integers of 64 bits to the last digit', async () => {
    for (const value of [BigInt(long), -BigInt(long), largest, -largest - 1n, 2n ** 53n, 0n, -1n]) {
      graph.asked.splice(0);
      answered = `{"echo":{"long":${value},"longs":[1,${value}],"json":null,"float":null}}`;
      expect(await call({ long: value, longs: [value, 1n] })).toMatchObject({
        echo: { long: value, longs: [1n, value] },
      });
      expect(variables()).toBe(`{"long":${value},"longs":[${value},1]}`);
    }
  });
  test('gives what a double would change as text, where any JSON may stand', async () => {
    answered = `{"echo":{"long":"${long}","longs":null,"json":{"n":[${long},1.5]},"float":0.1234567890123456789}}`;
    const { echo: got } = toJson(service.method['echoIt']!.output, (await call({})) as never) as Record<string, object>;
    expect(got).toEqual({ long, json: { n: [long, 1.5] }, float: 0.12345678901234568 });
  });
  test.each([
    ['"long":9223372036854775808', '9223372036854775808'],
    ['"long":-9223372036854775809', '-9223372036854775809'],
    ['"long":1e30', '1e+30'],
    ['"long":1.5', '1.5'],
  ])('gives no other number for %s', async (member, shown) => {
    answered = `{"echo":{"long":null,"longs":null,"json":null,"float":null,${member}}}`;
    expect(await refusalOf(call({}))).toEqual({
      ...{ status: 'Internal', code: 'INTERNAL_SERVER_ERROR' },
      rawMessage: `The answer has ${shown}, which is no number of its field's type.`,
    });
  });
  test.each([NaN, Infinity])('refuses %d, which is no number of GraphQL', async (float) => {
    const refused = await refusalOf(call({ float }));
    expect(refused).toMatchObject({ status: 'InvalidArgument', code: 'BAD_USER_INPUT' });
    expect(graph.asked).toEqual([]);
  });
});

test.each([NaN, -Infinity])('%d where any JSON may stand is refused, and not made null', async (value) => {
  const refused = await refusalOf(clients['gRPC']!['echoIt']!({ json: { kind: { case: 'numberValue', value } } }));
  expect(refused).toMatchObject({ status: 'InvalidArgument', rawMessage: `${value} is no value of JSON.` });
});
