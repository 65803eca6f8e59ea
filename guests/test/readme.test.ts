import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const readme = readFileSync(join(root, 'guests/README.md'), 'utf8');

test('the README of the guests names each of them, and every variable that they read', () => {
  const names = globSync('guests/*/subgraph.ts', { cwd: root }).map((file) => basename(dirname(file)));
  expect(names.filter((name) => !readme.includes(`## ${name}\n`))).toEqual([]);
  const known = readFileSync(join(root, 'docs/configuration.md'), 'utf8') + readme;
  const reading = /\b(?:env|environment)(?:\['([A-Z][A-Z_]+)'\]|, '([A-Z][A-Z_]+)')/g;
  const read = globSync('guests/**/*.ts', { cwd: root })
    .filter((file) => !file.includes('test/'))
    .flatMap((file) => [...readFileSync(join(root, file), 'utf8').matchAll(reading)])
    .map(([, inBrackets, passed]) => inBrackets ?? passed!);
  expect(read.length).toBeGreaterThan(3);
  expect(read.filter((name) => !known.includes(`\`${name}\``))).toEqual([]);
});
