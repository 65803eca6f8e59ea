import { globSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import { Code as GrpcCode, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { buildSchema } from 'graphql';
import { codeTerms } from '../../shared/codes.ts';
import { type Code, Refusal } from '../../shared/errors.ts';
import { serviceOf } from '../doors/grpc/grpcDoor.ts';
import { loadOperations } from '../operations/operations.ts';
import { type PlainGraph, startPlainGraph } from './plainGraph.ts';

const root = join(import.meta.dirname, '../..');
const codes = Object.keys(codeTerms) as Code[];

test('the page has each code as the table has it', () => {
  const page = readFileSync(join(root, 'docs/doors.md'), 'utf8');
  const rows = [...page.matchAll(/^\| ([A-Z_]+) \| (\d+) \| ([A-Z_]+) \| (.+) \|$/gm)].map(([row]) => row);
  expect(rows).toEqual(
    Object.entries(codeTerms).map(([code, { http, grpc, meaning }]) => `| ${code} | ${http} | ${grpc} | ${meaning} |`),
  );
});

/** Codes of the operating system and of Node: ENOTFOUND, ERR_INVALID_URL. */
const isSystems = (code: string) => /^(E[A-Z0-9]+|ERR_\w+)$/.test(code);

test('every code that a program says is on the table', () => {
  const sources = globSync('{gateway,shared,subgraphs,guests}/**/*.ts', { cwd: root }).filter(
    (path) => !/(^|\/)(test|testing)\/|generated/.test(path),
  );
  expect(sources.length).toBeGreaterThan(300);
  const said = sources.flatMap((path) =>
    [
      ...readFileSync(join(root, path), 'utf8').matchAll(
        /(?:\bcode\s*[:=]\s*|\['code'\]\s*[:=]\s*|[rR]efus(?:al|ed)\(\s*|[oO]perationError\(\s*)'([A-Z]+(?:_[A-Z]+)*)'/g,
      ),
    ].map(([, code]) => `${path}: ${code}`),
  );
  expect(said.length).toBeGreaterThan(100);
  const unknown = said.filter((one) => {
    const code = one.split(': ')[1]!;
    return !Object.hasOwn(codeTerms, code) && !isSystems(code);
  });
  expect(unknown.map((one) => `${one} is not in shared/codes.ts`)).toEqual([]);
});

test('those of Apollo Server, which answers for the subgraphs, are on it too', () =>
  expect(Object.keys(ApolloServerErrorCode).filter((code) => !Object.hasOwn(codeTerms, code))).toEqual([]));

const sdl = 'type Query { failure(code: String!, by: By!): String } enum By { GATEWAY SUBGRAPH }';
let graph: PlainGraph;
let ask: (code: Code, by: string) => Promise<[Problem, ConnectError]>;
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'codes-'));
  writeFileSync(
    join(folder, 'fail.graphql'),
    '# Fails.\nquery fail($code: String!, $by: By!) { failure(code: $code, by: $by) }',
  );
  writeFileSync(join(folder, 'rest.yaml'), "fail: { rest: 'GET /failures/{code}', answer: failure }");
  writeFileSync(join(folder, 'grpc.yaml'), 'package: codes.v1\nservice: Codes');
  const operations = loadOperations(folder);
  graph = await startPlainGraph(
    { failing: sdl },
    ({ body: { variables } }) => {
      const error = {
        message: 'no',
        path: ['failure'],
        extensions: { code: variables!['code'], retryAfterSeconds: 7 },
      };
      return JSON.stringify({ data: { failure: null }, errors: [error] });
    },
    '',
    {
      ...{ operations, grpc: { port: 0 } },
      hooks: {
        onOperation({ variables }) {
          if (variables['by'] === 'GATEWAY')
            throw new Refusal(variables['code'] as Code, 'no', { retryAfterSeconds: 7 });
        },
      },
    },
  );
  const { registry } = serviceOf(operations.grpc!, [...operations.byName.values()], buildSchema(sdl));
  const transport = createGrpcTransport({ baseUrl: `http://127.0.0.1:${graph.gateway.grpcPort}` });
  const client = createClient(registry.getService('codes.v1.Codes')!, transport) as unknown as {
    fail(request: object): Promise<unknown>;
  };
  const by = { GATEWAY: 1, SUBGRAPH: 2 } as Record<string, number>;
  ask = async (code, from) => {
    const response = await fetch(new URL(`/failures/${code}?by=${from}`, graph.url));
    const problem = { ...((await response.json()) as object), headers: response.headers } as Problem;
    expect(response.status).toBe(problem.status);
    const error = await client.fail({ code, by: by[from] }).catch((reason: unknown) => ConnectError.from(reason));
    return [problem, error as ConnectError];
  };
});
afterAll(() => graph.stop());

interface Problem {
  status: number;
  code: string;
  detail: string;
  headers: Headers;
}
const nameOf = ({ code }: ConnectError) => GrpcCode[code].replaceAll(/(?<=.)(?=[A-Z])/g, '_').toUpperCase();

/** Of a subgraph they are about what the gateway has asked, and so hidden. */
const aboutTheRequest: Code[] = [
  'BAD_REQUEST',
  'PAYLOAD_TOO_LARGE',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
];

test.each(codes)('%s has its status at each door, whoever says it', async (code) => {
  for (const by of ['GATEWAY', 'SUBGRAPH']) {
    const told = by === 'SUBGRAPH' && aboutTheRequest.includes(code) ? 'INTERNAL_SERVER_ERROR' : code;
    const [problem, error] = await ask(code, by);
    expect([problem.code, problem.status]).toEqual([told, codeTerms[told].http]);
    expect([error.metadata.get('error-code'), nameOf(error)]).toEqual([told, codeTerms[told].grpc]);
    const isHidden = told === 'INTERNAL_SERVER_ERROR';
    expect([problem.detail, error.rawMessage]).toEqual(Array(2).fill(isHidden ? 'Internal server error' : 'no'));
    expect([problem.headers.get('retry-after'), error.metadata.get('retry-after')]).toEqual(
      Array(2).fill(isHidden ? null : '7'),
    );
    expect(problem.headers.get('www-authenticate')).toBe(problem.status === 401 ? 'Bearer' : null);
  }
});
