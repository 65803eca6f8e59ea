import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../../shared/database/database.ts';
import { type Attempted, saveAttempts } from './deliveryStore.ts';

/** Attempts that end within so many milliseconds are noted in one statement. */
const gatherMs = 5;
const retryMs = 200;

export interface Recorder {
  /** Resolves once what has become of the delivery is stored, or, when the recorder has stopped, never will be: then it is sent again. */
  note(attempted: Attempted): Promise<void>;
  stop(): void;
}

/** Stores what has become of deliveries, many at once; while the database is away it tries on. */
export function openRecorder(database: Database): Recorder {
  let gathered: Attempted[] = [];
  let storing: Promise<void> | undefined;
  let stopped = false;
  const store = async () => {
    await sleep(gatherMs);
    const now = gathered;
    gathered = [];
    storing = undefined;
    for (;;)
      try {
        return await saveAttempts(database.fork(), now);
      } catch {
        if (stopped) return;
        await sleep(retryMs);
      }
  };
  return {
    note(attempted) {
      gathered.push(attempted);
      return (storing ??= store());
    },
    stop: () => void (stopped = true),
  };
}
