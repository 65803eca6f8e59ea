import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { childEnvironment } from '../../shared/testing/childEnvironment.ts';
import { until } from '../../shared/testing/harness.ts';

const root = join(import.meta.dirname, '../..');
const document = readFileSync(join(root, 'docs/bring-your-own-subgraph.md'), 'utf8');

/** The code blocks in their order: a file to write, a command to give, or what it answers. */
const blocks = [...document.matchAll(/^```(\w+)(?: (\S+))?\n([^]*?)^```$/gm)].map(([, language, file, content]) => ({
  language: language!,
  file,
  content: content!,
}));

describe('docs/bring-your-own-subgraph.md', () => {
  const home = mkdtempSync('/var/tmp/questline-tutorial-');
  chmodSync(home, 0o755); // the database runs as another user when this test runs as root
  const copy = join(home, 'questline');
  let running: ChildProcess | undefined;
  afterAll(async () => {
    const ended = new Promise((resolve) => running?.once('exit', resolve) ?? resolve(undefined));
    running?.kill('SIGTERM');
    await ended;
    rmSync(home, { recursive: true, force: true });
  });

  /** Starts what the reader starts; resolves to where the graph's server is. */
  async function start(command: string): Promise<string> {
    const [program, ...args] = command
      .trim()
      .replace('npm start --', 'node -r ./local/node24.cjs local/start.ts')
      .split(' ');
    running = spawn(program!, args, {
      cwd: copy,
      env: { ...childEnvironment(), PORT: '0', QUESTLINE_DATA: join(home, 'data') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [running.stdout!, running.stderr!]) stream.on('data', (data) => (output += data));
    return until(() => {
      if (running!.exitCode !== null) throw new Error(output);
      return /localhost:\d+(?=\/graphql)/.exec(output)?.[0];
    }, 'the banner');
  }

  test('does what it says, block by block', async () => {
    mkdirSync(copy);
    for (const name of readdirSync(root)) if (name !== '.questline') symlinkSync(join(root, name), join(copy, name));
    const type = openTerminal(copy);
    let [server, answer] = ['', ''];
    for (const { language, file, content } of blocks)
      if (file) {
        mkdirSync(dirname(join(copy, file)), { recursive: true });
        writeFileSync(join(copy, file), content);
      } else if (content.startsWith('npm start')) server = await start(content);
      else if (language === 'sh') answer = await type(content.replaceAll('localhost:4000', server));
      else expect(JSON.parse(answer)).toEqual(JSON.parse(content));
    expect(server).not.toBe('');
  });
});

/** A shell that keeps what was set in it. Resolves to what a command has written. */
function openTerminal(cwd: string): (command: string) => Promise<string> {
  let settings = '';
  return async (command) => {
    const shell = spawn('bash', ['-ec', `${settings}${command}`], { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
    settings += command.replace(/^(?![a-z]+=).*\n/gm, '');
    return text(shell.stdout);
  };
}
