import { spawn } from 'node:child_process';
import {
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect } from '../sql.ts';
import { testDatabase } from '../../shared/testing/harness.ts';
import { root } from './blocks.ts';
import type { Graph } from './graph.ts';

export const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

/** Commands that are not given here, by how they begin, and why. */
const notGiven: Record<string, string> = {
  'npm ci': 'made what runs here; .ci/run gives it to a fresh clone',
  'npm start': 'local/test/start.live.test.ts gives it',
  'npm run check': '.ci/run gives it',
  'kubectl ': 'wants a cluster',
  'docker compose ': 'wants a container engine; deploy/test/compose.test.ts reads its file',
  'helm install ': 'wants a cluster; npm run chart renders the same by Helm',
  'redis-cli ': 'wants a Redis, and the system here has its carrier within',
};

/** A terminal of whoever reads a page, in a folder like a clone, beside the running system. */
export function openTerminal(graph: Graph) {
  const folder = mkdtempSync(join(tmpdir(), 'questline-terminal-'));
  const given = new Set<string>();
  const drops: (() => Promise<void>)[] = [];
  beforeAll(() => {
    for (const name of readdirSync(root))
      if (!name.startsWith('.') && name !== 'secrets.env') symlinkSync(join(root, name), join(folder, name));
  });
  afterAll(async () => {
    for (const drop of drops) await drop();
    rmSync(folder, { recursive: true, force: true });
    // Whoever reads the list may rely on it.
    expect(Object.keys(notGiven).filter((beginning) => !given.has(beginning))).toEqual([]);
  });

  const emptyDatabases = async () => {
    const made: Record<string, string> = {};
    for (const name of ['auth', 'catalog', 'progress']) {
      const { url, drop } = await testDatabase('nothing', async () => {});
      drops.push(drop);
      made[name] = url;
    }
    return made;
  };

  /** What psql would send; not every machine that has the tests has psql. */
  async function query(database: string, statement: string): Promise<void> {
    const connection = await connect(graph.databases[database.toLowerCase()]!);
    await connection.query(statement).finally(() => connection.end());
  }

  async function run(line: string): Promise<void> {
    const [, database, statement] = /^psql "\$(\w+)_DATABASE_URL" -c "([^"]+)"$/.exec(line) ?? [];
    if (database) return query(database, statement!);
    const databases = line.startsWith('npm run restore') ? await emptyDatabases() : graph.databases;
    const variables = Object.entries(databases).map(([name, url]) => [`${name.toUpperCase()}_DATABASE_URL`, url]);
    const command = line
      .replace(/npm run (?:-s )?(\S+)(?: --)?/, (_, script: string) => scripts[script]!)
      .replace('localhost:4000', new URL(graph.url()).host);
    const shell = spawn('bash', ['-ec', command.replace(/^curl /, 'curl --silent --show-error --fail ')], {
      cwd: folder,
      env: { PATH: process.env['PATH'], ...Object.fromEntries(variables) } as NodeJS.ProcessEnv,
    });
    const ended = new Promise((resolve) => shell.once('close', resolve));
    const [output, errors] = await Promise.all([text(shell.stdout), text(shell.stderr)]);
    if ((await ended) !== 0) throw new Error(`${line} failed: ${output}${errors}`);
  }

  return {
    folder,
    /** Gives each line as a command; throws with what it said unless it succeeds. */
    async give(commands: string): Promise<void> {
      for (const line of commands.split('\n').filter(Boolean)) {
        for (const command of line.replace(/\s#.*/, '').split(' && ')) {
          const beginning = Object.keys(notGiven).find((each) => command.startsWith(each));
          if (beginning) {
            given.add(beginning);
            expect(missingIn(command)).toEqual([]);
          } else if (/^npm test/.test(command)) expectTests(command);
          else await run(command.trim());
        }
      }
    },
    write(name: string, content: string): string {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    },
  };
}

const manifests = readFileSync(join(root, 'deploy/kubernetes/questline.yaml'), 'utf8');

/** What a command names of the repository or of the cluster, and is not there. */
function missingIn(command: string): string[] {
  const words = command.split(' ').filter((word) => word.includes('/'));
  const files = words.filter((word) => existsSync(join(root, word.split('/', 1)[0]!)));
  const objects = command.match(/(?<=\b(?:deployment|service)\/|\bconfigmap )[\w-]+/g) ?? [];
  return [
    ...files.filter((path) => !existsSync(join(root, path))),
    ...objects.filter((name) => !manifests.includes(`\n  name: ${name}\n`)),
  ];
}

/** The tests that a command selects are there; `npm test` alone takes all. */
function expectTests(command: string): void {
  const [, path, name] = /^npm test(?: -- (?:--watch )?(\S+)(?: -t '([^']+)')?)?\s*$/.exec(command)!;
  const files = globSync('**/*.test.ts', { cwd: root, exclude: ['node_modules', 'dist'] });
  const selected = files.filter((file) => file.includes(path ?? ''));
  const found = selected.filter((file) => readFileSync(join(root, file), 'utf8').includes(name ?? ''));
  expect([command, found.length > 0]).toEqual([command, true]);
}
