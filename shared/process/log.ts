import { pino, type Logger } from 'pino';
import { currentTraceId } from './tracing.ts';

export type Log = Logger;

/** Structured lines on standard output, one JSON object each, with the subgraph's name; LOG_LEVEL chooses what is written. */
export function openLog(subgraph: string, level = 'info'): Log {
  const settings = {
    name: subgraph,
    level,
    base: { subgraph },
    mixin() {
      const traceId = currentTraceId();
      return traceId === undefined ? {} : { traceId };
    },
    redact: ['password', 'accessToken', 'refreshToken', 'authorization', '*.password', '*.authorization'],
  };
  // Written at once: a write that another thread has begun is overtaken by a fatal line, and lost where the process ends behind it.
  return pino(settings, pino.destination({ dest: process.stdout.fd, sync: true }));
}
