import { readFileSync } from 'node:fs';
import { type HttpDoor, openDoor } from '../../../shared/process/http.ts';
import type { Log } from '../../../shared/process/log.ts';

const heads = 'Symbol,Date,Time,Open,High,Low,Close,Volume,Name';

/** The bundled provider: quotes of one day for tests and the demo, in the form of those that are real. What it does not have is N/D in every column. */
export function startProvider({ host, port, log }: { host: string; port: number; log: Log }): Promise<HttpDoor> {
  const lines = readFileSync(new URL('./quotes.csv', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .slice(1);
  const known = new Map(lines.map((line) => [line.slice(0, line.indexOf(',')), line]));
  return openDoor(host, port, log, async (request, response) => {
    const symbol = new URL(request.url ?? '/', 'http://provider').searchParams.get('s')?.toUpperCase() ?? '';
    const line = known.get(symbol) ?? `${symbol},${Array<string>(7).fill('N/D').join()},${symbol}`;
    response.writeHead(200, { 'content-type': 'text/csv; charset=utf-8' });
    response.end(`${heads}\r\n${line}\r\n`);
  });
}
