import { chmodSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from '@graphql-codegen/cli';
import { build } from 'vite';
import codegen from '../codegen.ts';

/**
 * `npm run build:client`: the pages, made from their sources into client/dist. Files and folder are put in place in one move each, so that
 * neither a build at the same time nor a gateway that serves meets half of anything.
 */
const folder = import.meta.dirname;
const dist = join(folder, 'dist');

const documents = Object.entries(codegen.generates).filter(([file]) => file.startsWith('client/'));
const generated = await generate({ ...codegen, generates: Object.fromEntries(documents), silent: true }, false);
for (const { filename, content } of generated as { filename: string; content: string }[]) {
  if (existsSync(filename) && readFileSync(filename, 'utf8') === content) continue;
  writeFileSync(`${filename}.${process.pid}`, content);
  renameSync(`${filename}.${process.pid}`, filename);
}

// Whoever starts this, the pages get the libraries as players should have them.
process.env['NODE_ENV'] = 'production';
const fresh = mkdtempSync(join(folder, 'dist-'));
try {
  await build({ configFile: join(folder, 'vite.config.ts'), logLevel: 'error', build: { outDir: fresh } });
  chmodSync(fresh, 0o755);
  rmSync(dist, { recursive: true, force: true });
  renameSync(fresh, dist);
} catch (error) {
  // Another build at the same time was faster, from the same sources.
  if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
