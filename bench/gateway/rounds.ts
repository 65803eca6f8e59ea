import type { Contender } from './contenders.ts';
import { type Measured, checker, put } from './load.ts';
import type { Load } from './loads.ts';
import { type Child, start } from './processes.ts';

export interface Result {
  contender: Contender;
  /** Requests per second, the median of the rounds; so are the other figures. */
  rate: number;
  cpuMs: number;
  p50: number;
  p99: number;
  startMs: number;
  turns: readonly Turn[];
}

/** Starts all, warms each, then asks one after the other, as many times as there are rounds. */
export async function measure(
  load: Load,
  chosen: readonly Contender[],
  rounds: number,
  seconds: number,
): Promise<Result[]> {
  const children: Child[] = [];
  const begin = async (...given: Parameters<typeof start>) => {
    const child = await start(...given);
    children.push(child);
    return child;
  };
  try {
    const subgraphs = await begin(load.subgraphs);
    const supergraph = load.supergraph(subgraphs.url);
    const running = [];
    for (const contender of chosen) {
      const child = await begin(contender.file, { BENCH_SUPERGRAPH: supergraph, ...load.env, ...contender.env });
      const check = contender.isNoGateway ? () => {} : checker(contender.name, load.expected);
      running.push({ contender, child, check, turns: [] as Turn[] });
    }
    for (const { child, check } of running) await put({ url: child.url, check }, load.questions, Math.min(seconds, 4));
    for (let round = 0; round < rounds; round++)
      for (const { child, check, turns } of running) {
        const before = await child.ask('usage');
        const measured = await put({ url: child.url, check }, load.questions, seconds);
        const after = await child.ask('usage');
        turns.push({ ...measured, cpuMs: (after.cpuMs - before.cpuMs) / measured.requests, rssBytes: after.rssBytes });
      }
    return running.map(({ contender, child, turns }) => ({
      contender,
      rate: median(turns, ({ requests, seconds }) => requests / seconds),
      cpuMs: median(turns, ({ cpuMs }) => cpuMs),
      p50: median(turns, ({ latencies }) => latencies[Math.floor(latencies.length * 0.5)]!),
      p99: median(turns, ({ latencies }) => latencies[Math.floor(latencies.length * 0.99)]!),
      startMs: child.startMs,
      turns,
    }));
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}

export interface Turn extends Measured {
  cpuMs: number;
  rssBytes: number;
}

function median(turns: readonly Turn[], of: (turn: Turn) => number): number {
  const sorted = turns.map(of).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

/** Markdown; in brackets how many times better than the stock gateway, by rounds, since they share what else the machine had to do. */
export function table(title: string, results: readonly Result[]): string {
  const stock = results.find(({ contender }) => contender.key === 'stock');
  const times = (turns: readonly Turn[], better: (turn: Turn, stock: Turn) => number) => {
    const ratios = turns.map((turn, round) => better(turn, stock?.turns[round] ?? turn));
    return stock ? ` (${ratios.sort((a, b) => a - b)[Math.floor(ratios.length / 2)]!.toFixed(1)}x)` : '';
  };
  const lines = results.map(({ contender, rate, cpuMs, p50, p99, startMs, turns }) =>
    [
      contender.name,
      `${rate.toFixed(0)}${times(turns, (turn, stock) => turn.requests / turn.seconds / (stock.requests / stock.seconds))}`,
      `${cpuMs.toFixed(3)}${times(turns, (turn, stock) => stock.cpuMs / turn.cpuMs)}`,
      p50.toFixed(1),
      p99.toFixed(1),
      memory(turns),
      (startMs / 1000).toFixed(1),
    ].join(' | '),
  );
  const head = ['gateway', 'req/s', 'CPU ms/req', 'p50 ms', 'p99 ms', 'RSS MB, first to last round', 'start s'];
  return [
    title,
    '',
    `| ${head.join(' | ')} |`,
    `|${head.map(() => '---|').join('')}`,
    ...lines.map((line) => `| ${line} |`),
    '',
  ].join('\n');
}

const memory = (turns: readonly Turn[]) =>
  [turns[0]!, turns.at(-1)!].map(({ rssBytes }) => (rssBytes / 1e6).toFixed(0)).join(' to ');
