import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartRefusal } from '../../shared/environment.ts';
import { noTerms } from '../supergraph/terms.ts';
import { loadTerms } from '../supergraph/supergraph.ts';
import { supergraphFile } from './graph.ts';

const folder = mkdtempSync(join(tmpdir(), 'terms-'));
function fileWith(gateway: string): string {
  const file = join(folder, 'supergraph.yaml');
  writeFileSync(
    file,
    `subgraphs:\n  one:\n    routing_url: http://a/\n    schema: { file: ./one.graphql }\n${gateway}`,
  );
  return file;
}

test('what is declared of streams and subgraphs is read from the supergraph file', () => {
  expect(loadTerms({ file: supergraphFile })).toEqual({
    identityFree: ['things'],
    streams: {
      told: { after: 'after', cursor: 'cursor', now: '{ me { cursor } }', isPublic: false },
      news: { after: 'after', cursor: 'cursor', isPublic: true },
    },
  });
});

test('without a declaration nothing is assumed', () => {
  expect(loadTerms({ file: fileWith('') })).toEqual(noTerms);
  expect(loadTerms({ sdl: 'whatever' })).toEqual(noTerms);
});

test.each([
  ['gateway: 1', 'has a `gateway` that is no map'],
  ['gateway: { identityfree: [one] }', 'has an unknown `identityfree` in `gateway`'],
  ['gateway: { identity_free: one }', 'has a `gateway.identity_free` that is no list of subgraphs'],
  ['gateway: { identity_free: [two] }', 'has no subgraph "two", but calls it identity-free'],
  [
    'gateway: { streams: { told: { after: a } } }',
    'needs both `after` and `cursor` in `gateway.streams.told`, or neither',
  ],
  [
    'gateway: { streams: { told: { now: a } } }',
    'needs both `after` and `cursor` in `gateway.streams.told`, or neither',
  ],
  [
    'gateway: { streams: { told: { public: 1 } } }',
    'has a `public` in `gateway.streams.told` that is neither true nor false',
  ],
  [
    'gateway: { streams: { told: { after: 1, cursor: c } } }',
    'has a `after` in `gateway.streams.told` that is no text',
  ],
  ['gateway: { streams: { told: { later: 1 } } }', 'has an unknown `later` in `gateway.streams.told`'],
])('%s is refused with a sentence', (gateway, sentence) => {
  const load = () => loadTerms({ file: fileWith(gateway) });
  expect(load).toThrow(StartRefusal);
  expect(load).toThrow(sentence);
});
