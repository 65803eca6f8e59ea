import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const file = join(import.meta.dirname, '../process/failpoint.ts');
/** A process that passes the point four times and counts aloud. */
const pass = (environment: Record<string, string>) =>
  spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `const { failpoint } = await import(${JSON.stringify(file)});
       for (let n = 1; n <= 4; n++) { failpoint('a.point'); console.log(n); }`,
    ],
    { env: { PATH: process.env['PATH'], ...environment }, encoding: 'utf8' },
  );

test('without FAILPOINT a failpoint is nothing', () => {
  expect(pass({})).toMatchObject({ status: 0, stdout: '1\n2\n3\n4\n' });
});
test('the process is killed at the point, and at no other', () => {
  expect(pass({ FAILPOINT: 'a.point' })).toMatchObject({ signal: 'SIGKILL', stdout: '' });
  expect(pass({ FAILPOINT: 'a.point:3' })).toMatchObject({ signal: 'SIGKILL', stdout: '1\n2\n' });
  expect(pass({ FAILPOINT: 'another.point' })).toMatchObject({ status: 0, stdout: '1\n2\n3\n4\n' });
});
test('in production a failpoint refuses to start', () => {
  const { status, stdout, stderr } = pass({ FAILPOINT: 'a.point', NODE_ENV: 'production' });
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toContain('FAILPOINT is set, and this is production.');
});
