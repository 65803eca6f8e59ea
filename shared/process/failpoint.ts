import { StartRefusal } from './environment.ts';

const [armed, passages = '1'] = (process.env['FAILPOINT'] ?? '').split(':');
if (armed && process.env['NODE_ENV'] === 'production')
  throw new StartRefusal(
    'FAILPOINT is set, and this is production.',
    'Unset FAILPOINT: it kills the process on purpose.',
  );

let left = Number(passages);

/**
 * A named place where a test may kill the process, as a crash would: FAILPOINT=relay.afterPublish, or relay.afterPublish:3 for the third
 * passage. Without FAILPOINT it is nothing.
 */
export const failpoint: (name: string) => void = armed
  ? (name) => {
      if (name === armed && --left === 0) process.kill(process.pid, 'SIGKILL');
    }
  : () => {};
