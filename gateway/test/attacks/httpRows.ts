import { gzipSync } from 'node:zlib';
import { type Sent, json } from '../request.ts';

export interface HttpRow {
  id: string;
  attack: string;
  sent: Sent;
  status: number | number[];
  code?: string;
}

const query = JSON.stringify({ query: '{ me { id } }' });
const asked = (search: Record<string, string>) => `/graphql?${new URLSearchParams(search)}`;
const preflighted = { 'apollo-require-preflight': 'true', accept: json.accept };
const typed = (type: string) => ({ 'content-type': type, accept: json.accept });
const bad = (id: string, attack: string, sent: Sent, status: number | number[] = 400): HttpRow => ({
  id,
  attack,
  sent,
  status,
  code: 'BAD_REQUEST',
});

/** SECURITY.md 4.1: requests that must not reach GraphQL, or not as the attacker wishes. */
export const httpRows: HttpRow[] = [
  bad('H1', 'JSON as plain text', { headers: typed('text/plain'), body: query }),
  bad('H2', 'a form', { headers: typed('application/x-www-form-urlencoded'), body: 'query={me{id}}' }),
  bad('H3', 'an upload', { headers: typed('multipart/form-data; boundary=x'), body: `--x\r\n\r\n${query}\r\n--x--` }),
  bad('H4', 'no content type', { headers: { accept: json.accept }, body: query }),
  bad('H5', 'GET without preflight', { method: 'GET', path: asked({ query: '{ me { id } }' }) }),
  bad(
    'H6',
    'a mutation by GET',
    { method: 'GET', path: asked({ query: 'mutation { claimAllRewards { id } }' }), headers: preflighted },
    405,
  ),
  bad(
    'H7',
    'GET with a content type of its own',
    {
      method: 'GET',
      path: asked({ query: '{ me { id } }' }),
      headers: { ...preflighted, 'content-type': 'message/x' },
    },
    415,
  ),
  ...['PUT', 'DELETE', 'TRACE', 'PATCH'].map((method) => bad('H8', method, { method, headers: json }, 405)),
  bad('H9', 'half a JSON', { headers: json, body: '{"query":' }),
  ...['null', '"x"', '[]', '{}', '7', ''].map((body) =>
    bad('H10', `the body ${body || 'nothing'}`, { headers: json, body }),
  ),
  ...[
    { query: 7 },
    { query: {} },
    { query: ['{ me { id } }'] },
    { query: '{ me { id } }', variables: '{}' },
    { query: '{ me { id } }', variables: [] },
    { query: '{ me { id } }', operationName: ['a'] },
    { query: '{ me { id } }', extensions: 'a' },
  ].map((body) => bad('H11', JSON.stringify(body), { headers: json, body: JSON.stringify(body) })),
  {
    id: 'H12',
    attack: 'a body of 200 KB',
    sent: { headers: json, body: JSON.stringify({ query: '{ me { id } }', x: 'x'.repeat(200_000) }) },
    status: 413,
    code: 'PAYLOAD_TOO_LARGE',
  },
  ...['gzip', 'br', 'zstd', 'identity, gzip', 'x-gzip'].map((encoding) => {
    const body = gzipSync(Buffer.alloc(50_000_000, ' '));
    return bad(
      'H13',
      `a bomb of 50 MB by ${encoding}`,
      { headers: { ...json, 'content-encoding': encoding }, body },
      415,
    );
  }),
  bad('H16', 'a batch', { headers: json, body: `[${Array(10).fill(query).join()}]` }),
  {
    id: 'H17',
    attack: 'a header of 20 KB',
    sent: { headers: { ...json, 'x-long': 'x'.repeat(20_000) }, body: query },
    status: 431,
  },
  {
    id: 'H17',
    attack: '10,000 headers',
    sent: { headers: { ...json, ...Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`x-${n}`, 'x'])) } },
    status: 431,
  },
  ...['/', '/graphiql', '/graphql', '/sandbox'].map((path) => ({
    id: 'H21',
    attack: `a browser at ${path}`,
    sent: { method: 'GET', path, headers: { accept: 'text/html' } },
    status: [200, 400, 404],
  })),
  {
    id: 'H24',
    attack: 'two operations and no name',
    sent: { headers: json, body: JSON.stringify({ query: 'query A { me { id } } query B { me { id } }' }) },
    status: 400,
    code: 'OPERATION_RESOLUTION_FAILURE',
  },
  ...['/metrics', '/debug', '/json/version', '/../package.json', '/%2e%2e/package.json'].map((path) => ({
    id: 'S16',
    attack: `looking for ${path}`,
    sent: { method: 'GET', path },
    status: 404,
  })),
];
