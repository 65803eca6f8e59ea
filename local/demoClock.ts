import { readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../shared/clock.ts';
import { Refusal } from '../shared/errors.ts';
import { answerJson } from '../shared/process/http.ts';
import { type Viewer, withRole } from '../shared/identity.ts';

/** Where operators of the local system read its clock, and move it. */
export const clockPath = '/demo/clock';

/** The time of the demo: the real time, some days ahead. It is for the local system alone; where subgraphs run by themselves there is none. */
export interface DemoClock {
  now: Clock;
  /** GET tells `{ now, daysAhead }`, POST advances by a day first; both for operators. False for another path. */
  answer(
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
    viewer: () => Promise<Viewer | null>,
  ): Promise<boolean>;
}

/** `file` keeps the days over a restart, so that time never goes back; without it they are forgotten. */
export function openDemoClock(file?: string): DemoClock {
  let daysAhead = file === undefined ? 0 : readDays(file);
  const now = () => {
    const instant = new Date();
    instant.setUTCDate(instant.getUTCDate() + daysAhead);
    return instant;
  };
  return {
    now,
    async answer(path, request, response, viewer) {
      if (path !== clockPath) return false;
      withRole(await viewer(), 'OPERATOR');
      if (request.method !== 'GET' && request.method !== 'POST')
        throw new Refusal('BAD_REQUEST', 'The clock is read by GET and moved by POST.');
      if (request.method === 'POST') {
        if (file !== undefined) writeFileSync(file, String(daysAhead + 1));
        daysAhead++;
      }
      response.setHeader('cache-control', 'no-store');
      answerJson(response, 200, { now: now(), daysAhead });
      return true;
    },
  };
}

/** What is no number of days is none. */
function readDays(file: string): number {
  try {
    return Number(/^\d{1,5}$/.exec(readFileSync(file, 'utf8'))?.[0] ?? 0);
  } catch {
    return 0; // it was never moved
  }
}
