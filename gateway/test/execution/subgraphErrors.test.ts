import { pino } from 'pino';
import { maskSubgraph } from '../../execution/answer/subgraphErrors.ts';

const lines: string[] = [];
const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
const terms = { service: 'shop', requestId: 'r1', log };
const said = (code: string, message = 'said', more: object = {}) => ({ message, extensions: { code, ...more } });
const internal = { message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' } };

test('of extensions only what is on the list reaches clients', () => {
  const error = said('CONFLICT', 'taken', { faults: ['a'], secret: 's3', http: { status: 500 }, stacktrace: ['x'] });
  expect(maskSubgraph(error, terms)).toEqual({
    message: 'taken',
    extensions: { code: 'CONFLICT', faults: ['a'], serviceName: 'shop' },
  });
});

test('codes and details of a subgraph are shown where it is configured', () => {
  const error = said('OUT_OF_STOCK', 'none left', { remaining: 0, secret: 's3' });
  expect(maskSubgraph(error, terms)).toEqual(internal);
  expect(
    maskSubgraph(error, { ...terms, errorCodes: new Set(['OUT_OF_STOCK']), errorDetails: new Set(['remaining']) }),
  ).toEqual({ message: 'none left', extensions: { code: 'OUT_OF_STOCK', remaining: 0, serviceName: 'shop' } });
});

test('a request that the gateway got wrong is not told, and is logged', () => {
  for (const code of ['GRAPHQL_VALIDATION_FAILED', 'PAYLOAD_TOO_LARGE', 'BAD_REQUEST']) {
    lines.length = 0;
    expect(maskSubgraph(said(code, 'Cannot query field "a" on type "B".'), terms)).toEqual(internal);
    expect(lines.join()).toContain('a subgraph failed');
  }
});
