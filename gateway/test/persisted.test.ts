import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartRefusal } from '../../shared/process/environment.ts';
import { openPersisted, readSafelist } from '../documents/persisted.ts';

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
const asHash = (text: string) => ({ persistedQuery: { version: 1, sha256Hash: hashOf(text) } });
const codeOf = (ask: () => unknown) => {
  try {
    ask();
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

test('a text that came with its hash once is found by the hash from then on', () => {
  const persisted = openPersisted();
  expect(codeOf(() => persisted.textOf(undefined, asHash('{ a }')))).toBe('PERSISTED_QUERY_NOT_FOUND');
  expect(persisted.textOf('{ a }', asHash('{ a }'))).toBe('{ a }');
  expect(persisted.textOf(undefined, asHash('{ a }'))).toBe('{ a }');
});

test('a hash of another text is refused, and nothing is kept of it', () => {
  const persisted = openPersisted();
  expect(codeOf(() => persisted.textOf('{ evil }', asHash('{ a }')))).toBe('PERSISTED_QUERY_HASH_MISMATCH');
  expect(codeOf(() => persisted.textOf(undefined, asHash('{ a }')))).toBe('PERSISTED_QUERY_NOT_FOUND');
});

test('of many texts the most recent are kept, and none that is too long to be served', () => {
  const persisted = openPersisted(undefined, undefined, 2);
  const texts = ['{ a }', '{ b }', '{ c }', `{ d } #${'x'.repeat(20_000)}`];
  for (const text of texts) persisted.textOf(text, asHash(text));
  expect(texts.map((text) => codeOf(() => persisted.textOf(undefined, asHash(text))))).toEqual([
    'PERSISTED_QUERY_NOT_FOUND',
    undefined,
    undefined,
    'PERSISTED_QUERY_NOT_FOUND',
  ]);
});

test.each([
  [{ version: 2, sha256Hash: hashOf('{ a }') }],
  [{ version: 1, sha256Hash: 'a' }],
  [{ version: 1 }],
  ['a'],
  [7],
])('a malformed hash is refused: %j', (persistedQuery) => {
  expect(codeOf(() => openPersisted().textOf('{ a }', { persistedQuery }))).toBe('BAD_REQUEST');
});

test('behind a safelist only what is listed is served, by text or by hash, and nothing can be added', () => {
  const persisted = openPersisted(new Map([[hashOf('{ a }'), '{ a }']]));
  expect(persisted.textOf('{ a }', undefined)).toBe('{ a }');
  expect(persisted.textOf(undefined, asHash('{ a }'))).toBe('{ a }');
  for (const attempt of [
    () => persisted.textOf('{ b }', undefined),
    () => persisted.textOf('{ b }', asHash('{ b }')),
    () => persisted.textOf(undefined, asHash('{ b }')),
  ])
    expect(codeOf(attempt)).toBe('QUERY_NOT_IN_SAFELIST');
});

describe('a manifest', () => {
  const folder = mkdtempSync(join(tmpdir(), 'questline-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const read = (content: string) => {
    const file = join(folder, 'manifest.json');
    writeFileSync(file, content);
    return readSafelist(file);
  };

  test.each([
    ["of codegen's client-preset", JSON.stringify({ [hashOf('{ a }')]: '{ a }' })],
    ["of Apollo's generator", JSON.stringify({ operations: [{ id: hashOf('{ a }'), name: 'A', body: '{ a }' }] })],
  ])('%s is read', (_, content) => {
    expect([...read(content)]).toEqual([[hashOf('{ a }'), '{ a }']]);
  });

  test.each(['', '{}', '{"a":7}', '{"operations":[{}]}'])('that says %j keeps the gateway from starting', (content) => {
    expect(() => read(content)).toThrow(StartRefusal);
  });
});
