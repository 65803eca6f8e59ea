import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export const chromiumPath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** What the tests need beside PostgreSQL, and what to do when it is missing. */
const programs = {
  Redis: {
    path: 'redis-server',
    missing: 'redis-server is not on PATH, and the tests need a real one: apt-get install redis-server.',
  },
  Chromium: {
    path: chromiumPath,
    missing: `There is no Chromium at ${chromiumPath}, and the tests need a real browser: apt-get install chromium, or set CHROMIUM.`,
  },
};

/** Its name and version; throws with the command that installs it. */
export async function found(name: keyof typeof programs): Promise<string> {
  const { path, missing } = programs[name];
  try {
    const { stdout } = await promisify(execFile)(path, ['--version']);
    return `${name} ${/\d+(\.\d+)+/.exec(stdout)?.[0] ?? stdout.trim()}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new Error(missing, { cause: error });
    throw error;
  }
}
