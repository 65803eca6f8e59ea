import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';

/** What a measured process says of itself when it is asked. */
export interface Usage {
  cpuMs: number;
  rssBytes: number;
}

/** What a parent may ask: for the usage so far, or for a CPU profile of the time between two of these. */
export type Question = 'usage' | 'profile' | { profileTo: string };

/** Tells the parent where this process serves, then answers its questions, and ends with its parent. */
export function serving(url: string): void {
  const session = new Session();
  const answer = async (question: Question) => {
    if (question === 'profile') {
      session.connect();
      await session.post('Profiler.enable');
      await session.post('Profiler.start');
    } else if (question !== 'usage') {
      const { profile } = await session.post('Profiler.stop');
      writeFileSync(question.profileTo, JSON.stringify(profile));
    }
    const { user, system } = process.cpuUsage();
    process.send!({ cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss() } satisfies Usage);
  };
  process.on('message', (question: Question) => void answer(question));
  process.on('disconnect', () => process.exit(0));
  process.send!({ url });
}

/** The supergraph that the parent wants served, and whether equal requests may be shared. */
export const asked = {
  supergraph: process.env['BENCH_SUPERGRAPH'] ?? '',
  singleFlight: process.env['BENCH_SINGLE_FLIGHT'] === 'true',
};
