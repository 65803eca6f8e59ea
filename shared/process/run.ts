import { StartRefusal } from './environment.ts';
import type { Log } from './log.ts';

export interface Running {
  stop(): Promise<void>;
  /** How long that may take; then the process ends itself. 5 unless said. */
  stopSeconds?: number;
}

/**
 * Runs a process: signals are heard before anything starts, a refusal to start is one line with its fix and exit status 1,
 * and SIGTERM or SIGINT stops everything in order.
 */
export async function run(
  log: Log,
  start: () => Promise<Running>,
  tell = (refusal: StartRefusal) => tellEach(log, refusal),
): Promise<void> {
  let running: Running | undefined;
  let leaving = false;
  const leave = async (signal: string) => {
    if (leaving) return;
    leaving = true;
    log.info({ signal }, 'stopping');
    setTimeout(
      () => {
        log.error('stopping took too long');
        process.exit(1);
      },
      (running?.stopSeconds ?? 5) * 1000,
    ).unref();
    if (running) {
      await running.stop();
      log.info('stopped');
      process.exit(0);
    }
  };
  process.on('SIGTERM', (signal) => void leave(signal));
  process.on('SIGINT', (signal) => void leave(signal));
  try {
    running = await start();
  } catch (error) {
    if (!(error instanceof StartRefusal)) throw error;
    tell(error);
    process.exit(1);
  }
  if (leaving) {
    await running.stop();
    process.exit(0);
  }
}

/** One line per fault. */
function tellEach(log: Log, { message, fix }: StartRefusal): void {
  for (const line of message.split('\n')) log.fatal({ fix }, line);
}
