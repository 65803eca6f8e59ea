import { Supergraph } from '@apollo/federation-internals';
import { createClient, Code, ConnectError, type CallOptions } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
import type { DescService, JsonValue, Message } from '@bufbuild/protobuf';
import { toJson } from '@bufbuild/protobuf';
import { buildSchema, parse } from 'graphql';
import { join } from 'node:path';
import { until } from '../../shared/testing/harness.ts';
import { FieldNumbers } from '../doors/grpc/proto/fieldNumbers.ts';
import { serviceOf } from '../doors/grpc/grpcDoor.ts';
import { printProto } from '../doors/grpc/proto/proto.ts';
import { protoOf } from '../doors/grpc/proto/protoOf.ts';
import { healthService } from '../doors/grpc/standardServices.ts';
import { type NamedOperation } from '../operations/operationFolder.ts';
import { loadOperations } from '../operations/operations.ts';
import { loadSupergraph } from '../supergraph/supergraph.ts';
import { type TestGraph, startTestGraph, supergraphFile, tokenFor } from './graph.ts';

const operations = loadOperations(join(import.meta.dirname, 'operations'));
const schema = Supergraph.build(loadSupergraph({ file: supergraphFile }))
  .apiSchema()
  .toGraphQLJSSchema();
const service = serviceOf(operations.grpc!, [...operations.byName.values()], schema).registry.getService(
  'test.v1.People',
)!;
let graph: TestGraph;
beforeAll(async () => {
  graph = await startTestGraph({ operations, grpc: { port: 0 } });
});
afterAll(() => graph.stop());

type Method = (request: object, options?: CallOptions) => Promise<Message>;
type StreamMethod = (request: object, options?: CallOptions) => AsyncIterable<Message>;
const transports = {
  gRPC: () => createGrpcTransport({ baseUrl: `http://127.0.0.1:${graph.gateway.grpcPort}` }),
  'gRPC-Web': () => createGrpcWebTransport({ baseUrl: new URL(graph.url).origin, httpVersion: '1.1' }),
  Connect: () => createConnectTransport({ baseUrl: new URL(graph.url).origin, httpVersion: '1.1' }),
};
const clientOf = (of: DescService, name: keyof typeof transports = 'gRPC') =>
  createClient(of, transports[name]()) as unknown as Record<string, Method>;
const ada = { headers: { authorization: tokenFor('ada') } };
const call = async (
  method: string,
  request: object = {},
  options: CallOptions = {},
  name: keyof typeof transports = 'gRPC',
) => {
  const answer = await clientOf(service, name)[method]!(request, options);
  return toJson(service.method[method]!.output, answer) as Record<string, JsonValue>;
};

test.each(Object.keys(transports) as (keyof typeof transports)[])('%s calls an operation as a method', async (name) => {
  expect(await call('sayHello', { name: 'Ada', times: 2 }, {}, name)).toEqual({ hello: 'hello Ada, hello Ada' });
  expect(await call('sayHello', { name: 'Ada' }, {}, name)).toEqual({ hello: 'hello Ada' });
  expect(await call('whoAmI', {}, ada, name)).toMatchObject({ me: { id: 'ada', name: 'ada the brave' } });
  expect(((await call('listPeople', {}, {}, name))['people'] as JsonValue[]).length).toBe(2);
});

test.each<[string, string, object, CallOptions, Code, string]>([
  ['nobody who is there', 'whoAmI', {}, {}, Code.NotFound, 'NOT_FOUND'],
  [
    'a token that is none',
    'whoAmI',
    {},
    { headers: { authorization: 'Bearer x' } },
    Code.Unauthenticated,
    'UNAUTHENTICATED',
  ],
  [
    'two authorizations',
    'whoAmI',
    {},
    {
      headers: [
        ['authorization', tokenFor('ada')],
        ['authorization', tokenFor('bob')],
      ],
    },
    Code.Unauthenticated,
    'UNAUTHENTICATED',
  ],
  ['a fault inside', 'breakIt', {}, {}, Code.Internal, 'INTERNAL_SERVER_ERROR'],
  ['a change by nobody', 'renameMe', { name: 'Lady' }, {}, Code.Unauthenticated, 'UNAUTHENTICATED'],
])('%s is a status, with the code of the graph as metadata', async (_, method, request, options, status, code) => {
  const error = ConnectError.from(
    await call(method, request, options).then(
      () => undefined,
      (reason: unknown) => reason,
    ),
  );
  expect([error.code, error.metadata.get('error-code')]).toEqual([status, code]);
});

test('a method that is not there is unimplemented, and bytes that are no message are told as such', async () => {
  const post = (path: string, body: Uint8Array<ArrayBuffer>) =>
    fetch(new URL(path, graph.url), { method: 'POST', headers: { 'content-type': 'application/proto' }, body });
  expect((await post('/test.v1.People/Nothing', new Uint8Array())).status).toBe(404);
  const garbage = await post('/test.v1.People/SayHello', new Uint8Array([0xff, 0xff, 0xff]));
  // As gRPC servers answer what they cannot decode.
  expect([garbage.status, ((await garbage.json()) as { code: string }).code]).toEqual([500, 'internal']);
});

test('a deadline that is over is told as such', async () => {
  const client = createClient(service, transports.gRPC()) as unknown as Record<string, StreamMethod>;
  const listening = (async () => {
    for await (const message of client['listen']!({}, { ...ada, timeoutMs: 300 })) expect(message).toBeUndefined();
  })();
  await expect(listening).rejects.toMatchObject({ code: Code.DeadlineExceeded });
  await until(() => graph.tellings.open() === 0, 'the stream is closed');
});

test('a stream resumes behind the cursor that was seen, and ends at the subgraph when its reader leaves', async () => {
  const listen = (after?: string) => {
    const abort = new AbortController();
    const client = createClient(service, transports.gRPC()) as unknown as Record<string, StreamMethod>;
    const heard: { cursor: string; number: number }[] = [];
    const done = (async () => {
      for await (const message of client['listen']!({ after }, { ...ada, signal: abort.signal }))
        heard.push(
          (toJson(service.method['listen']!.output, message) as unknown as { told: { cursor: string; number: number } })
            .told,
        );
    })().catch((reason: unknown) => ConnectError.from(reason).code);
    return { heard, done, stop: () => abort.abort() };
  };
  const first = listen();
  await until(() => graph.tellings.open() === 1, 'the stream is open');
  graph.tellings.tell('ada', 't1');
  await until(() => first.heard.length === 1, 'one event is heard');
  first.stop();
  expect(await first.done).toBe(Code.Canceled);
  await until(() => graph.tellings.open() === 0, 'the stream is closed');
  graph.tellings.tell('ada', 't2');
  const again = listen(first.heard[0]!.cursor);
  await until(() => again.heard.length === 1, 'the missed event is heard');
  expect(again.heard[0]!.number).toBe(first.heard[0]!.number + 1);
  graph.gateway.sendAway(({ id }) => id === 'ada');
  expect(await again.done).toBe(Code.Unauthenticated);
});

test('health says that it serves, for the whole and for the service', async () => {
  const check = clientOf(healthService)['check']!;
  for (const name of ['', 'test.v1.People']) expect(await check({ service: name })).toMatchObject({ status: 1 });
  await expect(check({ service: 'other' })).rejects.toMatchObject({ code: Code.NotFound });
});

describe('the file', () => {
  const schema = buildSchema(`
    scalar JSON
    enum Mood { GOOD BAD }
    input Part { name: String! mood: Mood size: Int = 3 parts: [Part!] }
    type Thing { id: ID! big: Long tags: [String!]! data: JSON mood: Mood! inner: Thing }
    scalar Long
    type Query { thing(id: ID!, part: Part, moods: [Mood!]): Thing grid: [[Int]] }`);
  const operation = (text: string): NamedOperation => {
    const document = parse(text);
    const definition = document.definitions[0] as NamedOperation['definition'];
    return { name: definition.name!.value, text, document, definition, summary: 'Gets it.', description: '' };
  };
  const names = { package: 'a.v1', service: 'A', names: {} };
  const get = operation(
    'query getThing($id: ID!, $part: Part, $moods: [Mood!]) { thing(id: $id, part: $part, moods: $moods) { id bigOne: big tags data mood inner { id } } }',
  );

  test('says what the operation takes and answers', () => {
    const text = printProto(protoOf([get], schema, names, new FieldNumbers({})));
    expect(text).toContain('  // Gets it.\n  rpc GetThing(GetThingRequest) returns (GetThingResponse);');
    expect(text).toContain(
      'message GetThingRequest {\n  string id = 1;\n  optional Part part = 2;\n  repeated Mood.Value moods = 3;\n}',
    );
    expect(text).toContain(
      '    string id = 1;\n    optional int64 big_one = 2;\n    repeated string tags = 3;\n    optional google.protobuf.Value data = 4;\n    Mood.Value mood = 5;\n    optional Inner inner = 6;\n',
    );
    expect(text).toContain(
      'message Part {\n  string name = 1;\n  optional Mood.Value mood = 2;\n  optional int32 size = 3;\n  repeated Part parts = 4;\n}',
    );
    expect(text).toContain('message Mood {\n  enum Value {\n    UNSPECIFIED = 0;\n    GOOD = 1;\n    BAD = 2;\n  }\n}');
  });
  test('keeps the number of a field for good, and reserves those of fields that are gone', () => {
    const numbers = new FieldNumbers({ GetThingRequest: { gone: 1, moods: 2 } });
    const text = printProto(protoOf([get], schema, names, numbers));
    expect(text).toContain(
      'message GetThingRequest {\n  reserved 1;\n  reserved "gone";\n  string id = 3;\n  optional Part part = 4;\n  repeated Mood.Value moods = 2;\n}',
    );
    expect(numbers.lock['GetThingRequest']).toEqual({ gone: 1, moods: 2, id: 3, part: 4 });
  });
  test('of something that Protobuf cannot say is refused', () =>
    expect(() => protoOf([operation('query g { grid }')], schema, names, new FieldNumbers({}))).toThrow(
      /list of lists/,
    ));
});
