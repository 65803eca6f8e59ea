import { spawn } from 'node:child_process';
import { existsSync, globSync, statSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const built = join(root, 'client/dist/index.html');

/** Where the gateway finds the web pages. */
export const clientFolder = join(root, 'client/dist');

/** What the pages are made of; the rest of client/ is made from it, or tests it. */
const sources = ['client/**/*.{ts,tsx,css,html,svg,graphql}', 'subgraphs/*/schema.graphql', 'package-lock.json'];
const others = ['client/dist/**', 'client/dist-*/**', 'client/test/**', 'client/**/*.generated.ts'];

/** Makes the web pages when they are missing or older than their sources. Resolves to why they could not be made. */
export async function buildClient(): Promise<string | undefined> {
  if (isFresh()) return;
  if (!existsSync(join(root, 'node_modules/vite')))
    return 'The game client is not built: vite is not installed. Install with `npm ci`, without --omit=dev.';
  const child = spawn(process.execPath, ['--no-warnings', 'client/build.ts'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  // The graph comes first; it starts at the same time.
  if (child.pid) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  const stop = () => child.kill();
  process.once('exit', stop);
  let complaint = '';
  child.stderr.on('data', (data: Buffer) => (complaint += data.toString()));
  const status = await new Promise((resolve) => {
    child.once('error', resolve);
    child.once('exit', resolve);
  });
  process.off('exit', stop);
  if (status !== 0)
    return `The game client could not be built; \`npm run build:client\` says why: ${complaint.trim().split('\n')[0]}`;
}

function isFresh(): boolean {
  if (!existsSync(built)) return false;
  const builtAt = statSync(built).mtimeMs;
  return globSync(sources, { cwd: root, exclude: others }).every(
    (file) => statSync(join(root, file)).mtimeMs <= builtAt,
  );
}
