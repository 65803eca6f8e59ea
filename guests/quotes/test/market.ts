import type { IncomingMessage, ServerResponse } from 'node:http';
import { openDoor } from '../../../shared/process/http.ts';
import { openLog } from '../../../shared/process/log.ts';

const heads = 'Symbol,Date,Time,Open,High,Low,Close,Volume,Name';
export const quoteOf = (symbol: string, close = '123') =>
  `${heads}\r\n${symbol.toUpperCase()},2026-11-20,22:00:11,1,2,0.5,${close},7,THE COMPANY\r\n`;

export type Behaviour = (symbol: string, response: ServerResponse, request: IncomingMessage) => void | Promise<void>;

/** A provider on a real socket that behaves as a test says. */
export async function openMarket() {
  const market = {
    url: '',
    /** Symbols in the order in which they were asked for. */
    asked: [] as string[],
    behave: ((symbol, response) => void response.end(quoteOf(symbol))) as Behaviour,
    stop: async () => {},
  };
  const door = await openDoor('127.0.0.1', 0, openLog('market', 'silent'), async (request, response) => {
    const symbol = new URL(request.url!, 'http://market').searchParams.get('s')!;
    market.asked.push(symbol);
    await market.behave(symbol, response, request);
  });
  market.url = door.url;
  market.stop = () => door.stop(0);
  return market;
}
