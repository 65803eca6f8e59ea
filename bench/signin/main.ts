import { type Client, openClient } from '../client.ts';
import { openSystem, quantile } from '../system.ts';

/** `npm run bench:signin`: how many guests, and how many players with a password, the whole system lets in through the gateway. */
const seconds = Number(process.env['BENCH_SECONDS'] ?? 8);
const [forGuests, forPasswords] = [64, 16];

const system = await openSystem({ TRUSTED_PROXIES: '127.0.0.1' });
/** Printed once everything has stopped, so that it is the last line. */
let summary: Record<string, number>;
try {
  const client = openClient(system.url, forGuests);
  const asGuest = (deviceId: string) =>
    client.ask('mutation ($input: GuestSignInInput!) { signInAsGuest(input: $input) { accessToken } }', {
      input: { deviceId },
    });
  const byPassword = () =>
    client.ask('mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }', {
      input: { name: 'user', password: 'password' },
    });
  // A game has more players who return than new ones: one of five devices is new.
  const guest = (n: number) => asGuest(`a device of the bench ${n % 5 === 0 ? n : n % 1000}`);
  await atOnce(forGuests, 10, guest); // until all processes have compiled what they run
  const before = system.cpuSeconds();
  const guests = await atOnce(forGuests, seconds, guest);
  const used = Object.entries(system.cpuSeconds()).map(([name, at]) => [name, at - before[name]!] as const);
  const msPerGuest = (cpuSeconds: number) => (cpuSeconds * 1000) / guests.perSecond / seconds;
  const all = used.reduce((sum, [, cpuSeconds]) => sum + cpuSeconds, 0);
  const driver = used.find(([name]) => name === 'driver')![1];
  const parts = used.map(([name, cpuSeconds]) => `${name} ${msPerGuest(cpuSeconds).toFixed(2)} ms`).join(', ');
  // The speed of a shared machine changes by the minute; that of one process beside the others does not.
  console.log(`CPU per guest: ${parts}; in all ${msPerGuest(all).toFixed(2)} ms, ${(all / driver).toFixed(1)} drivers`);
  const passwords = await atOnce(forPasswords, seconds, byPassword);
  const guesses = await guessed(client);
  summary = {
    guestPerSecond: guests.perSecond,
    passwordPerSecond: passwords.perSecond,
    p99Ms: guests.p99,
    passwordP99Ms: passwords.p99,
    ...guesses,
    errors: guests.errors + passwords.errors,
  };
  await client.close();
} finally {
  await system.stop();
}
console.log(JSON.stringify(summary));

async function atOnce(many: number, seconds: number, ask: (n: number) => ReturnType<Client['ask']>) {
  const times: number[] = [];
  let [count, errors] = [0, 0];
  const began = performance.now();
  const loop = async () => {
    while (performance.now() < began + seconds * 1000) {
      const asked = performance.now();
      const { body } = await ask(++count);
      if (!body.data) errors++;
      else times.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: many }, loop));
  const perSecond = Math.round(times.length / ((performance.now() - began) / 1000));
  times.sort((a, b) => a - b);
  return { perSecond, p99: Math.round(quantile(times, 0.99)), errors };
}

/** Does time tell a wrong password from an unknown name? Medians of 200 each, in turns, each from an address of its own. */
async function guessed(client: Client) {
  let addresses = 0;
  const ask = async (door: 'signUp' | 'signIn', name: string, password: string) => {
    const type = door === 'signUp' ? 'SignUpInput!' : 'SignInInput!';
    const query = `mutation ($input: ${type}) { ${door}(input: $input) { accessToken } }`;
    const headers = { 'x-forwarded-for': `2001:db8:${(++addresses).toString(16)}::1` };
    const asked = performance.now();
    const { body } = await client.ask(query, { input: { name, password } }, undefined, headers);
    return { took: performance.now() - asked, code: body.errors?.[0]?.extensions.code };
  };
  const [wrong, unknown]: [number[], number[]] = [[], []];
  const rounds = Array.from({ length: 200 }, (_, n) => n);
  for (const n of rounds) await ask('signUp', `known-${n}`, 'correct horse battery');
  for (const n of rounds)
    for (const isKnown of n % 2 === 0 ? [true, false] : [false, true]) {
      const { took, code } = await ask('signIn', `${isKnown ? 'known' : 'nobody'}-${n}`, 'wrong password');
      if (code !== 'INVALID_CREDENTIALS') throw new Error(`a guess was answered by ${code}`);
      (isKnown ? wrong : unknown).push(took);
    }
  const median = (times: number[]) =>
    Math.round(
      quantile(
        times.sort((a, b) => a - b),
        0.5,
      ) * 10,
    ) / 10;
  return { wrongPasswordMs: median(wrong), unknownNameMs: median(unknown) };
}
