import { cpSync, globSync } from 'node:fs';

/** The last step of `npm run build`: what the code reads at run time goes to the same places below dist/. */
const root = new URL('../', import.meta.url);
const dist = new URL('dist/', root);

/** Everything that the compiler has left, so that no new kind of file can be forgotten. */
const assets = globSync('{gateway,guests,operations,shared,subgraphs}/**/*.*', {
  cwd: root,
  exclude: ['**/test/**', '**/testing/**', '**/*.ts'],
});

for (const asset of ['supergraph.yaml', ...assets]) cpSync(new URL(asset, root), new URL(asset, dist));
console.log(`${assets.length + 1} files are copied to dist/.`);
