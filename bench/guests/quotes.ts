import type { Process } from '../events/processes.ts';

const symbols = ['aapl.us', 'msft.us', 'ko.us', 'ibm.us', 'ge.us', 'f.us', 'v.us'];
const atOnce = 16;

/** Looks quotes up for many players; resolves to the CPU of these processes for each look-up, in milliseconds. */
export async function measureQuotes(load: {
  users: readonly string[];
  asker(userId: string): (query: string, variables?: object) => Promise<void>;
  lookUps: number;
  parts: readonly Process[];
}): Promise<number> {
  const { users, asker, lookUps, parts } = load;
  const ask = users.slice(0, 200).map(asker);
  const drive = async (count: number) => {
    let next = 0;
    const one = async () => {
      for (let n = next++; n < count; n = next++)
        await ask[n % ask.length]!('query ($s: String!) { quote(symbol: $s) { close } }', {
          s: symbols[n % symbols.length],
        });
    };
    await Promise.all(Array.from({ length: atOnce }, one));
  };
  await drive(200);
  const cpu = () => parts.reduce((sum, part) => sum + part.cpuSeconds(), 0);
  const before = cpu();
  await drive(lookUps);
  return Math.round(((cpu() - before) / lookUps) * 1e5) / 100;
}
