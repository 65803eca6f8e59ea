import { Pool } from 'undici';

/** One request of a load, and what a gateway answered to it that was found right. */
export interface Question {
  headers: Record<string, string>;
  body: string;
}

export interface Measured {
  requests: number;
  seconds: number;
  /** Sorted, in milliseconds. */
  latencies: Float64Array;
}

export interface Target {
  url: string;
  /** Throws when the answer to a question is not the expected one. */
  check(question: number, answer: Buffer): void;
}

/** Asks the questions in turn over `connections` kept connections, one at a time on each, and checks every answer. */
export async function put(
  target: Target,
  questions: readonly Question[],
  seconds: number,
  connections = 50,
): Promise<Measured> {
  const { origin, pathname: path } = new URL(target.url);
  const pool = new Pool(origin, { connections, headersTimeout: 30_000 });
  const flat = questions.map(({ headers, body }) => ({
    body,
    headers: Object.entries({ 'content-type': 'application/json', ...headers }).flat(),
  }));
  const latencies: number[] = [];
  let next = 0;
  const began = performance.now();
  const end = began + seconds * 1000;
  const connection = async () => {
    while (performance.now() < end) {
      const number = next++ % flat.length;
      const asked = performance.now();
      target.check(number, await ask(pool, path, flat[number]!));
      latencies.push(performance.now() - asked);
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, connection));
    const took = (performance.now() - began) / 1000;
    return { requests: latencies.length, seconds: took, latencies: Float64Array.from(latencies).sort() };
  } finally {
    await pool.destroy();
  }
}

const ask = (pool: Pool, path: string, { headers, body }: { headers: string[]; body: string }): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    pool.dispatch(
      { path, method: 'POST', headers, body },
      {
        onRequestStart() {},
        onResponseStart() {},
        onResponseData: (_, chunk) => void chunks.push(chunk),
        onResponseEnd: () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)),
        onResponseError: (_, error) => reject(error),
      },
    );
  });

/** The text of a JSON value with its keys in order. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

/** Checks answers against the expected ones; what an equal text was found right before is not parsed again. */
export function checker(
  name: string,
  expected: (string | undefined)[],
  differs?: (answer: Buffer) => void,
): Target['check'] {
  const right: Buffer[] = [];
  return (question, answer) => {
    if (right[question]?.equals(answer)) return;
    const text = canonical(JSON.parse(answer.toString('utf8')));
    expected[question] ??= text;
    if (expected[question] !== text) {
      differs?.(answer);
      throw new Error(`${name} answers otherwise than expected: ${answer.toString('utf8').slice(0, 300)}`);
    }
    right[question] = answer;
  };
}
