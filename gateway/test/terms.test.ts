import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartRefusal } from '../../shared/process/environment.ts';
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
  ['gateway: 1', ':5: gateway must be a map of settings, not 1'],
  ['gateway: { identityfree: [one] }', ':5: identityfree is no setting; did you mean `identity_free`?'],
  ['gateway: { identity_free: one }', ':5: identity_free must be a list, each entry a text, not "one"'],
  ['gateway: { identity_free: [two] }', 'has no subgraph "two", but calls it identity-free'],
  ['gateway:\n  streams: { told: { after: a } }', ':6: streams.told needs both `after` and `cursor`, or neither'],
])('%s is refused with a sentence', (gateway, sentence) => {
  const load = () => loadTerms({ file: fileWith(gateway) });
  expect(load).toThrow(StartRefusal);
  expect(load).toThrow(sentence);
});

test('what else stands there is for the start of a gateway to read, and needs no variable here', () => {
  const file = fileWith('gateway:\n  identity: { gateway_secret: "${NOWHERE}" }\n  identity_free: [one]');
  expect(loadTerms({ file })).toEqual({ streams: {}, identityFree: ['one'] });
});
