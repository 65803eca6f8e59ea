import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type Standing, openPlayer } from './player.ts';

/**
 * `npm run golden -- http://127.0.0.1:4000/graphql`: a new player goes the whole way through a running system with the demo quests.
 * The first step that is not as it should be ends it with status 1. It can be repeated, and leaves one player behind each time.
 */
const url = process.argv[2] ?? 'http://127.0.0.1:4000/graphql';
const patienceMs = 10_000;

const name = `golden-${randomBytes(5).toString('hex')}`;
const password = randomBytes(12).toString('base64url');
const player = openPlayer(url, { name, password }, patienceMs);

try {
  await trace();
  console.log(`The golden trace holds at ${url}. The player is ${name} with the password ${password}`);
  process.exit(0);
} catch (error) {
  console.error(
    `  NOT   ${error instanceof Error ? `${error.message} ${String(error.cause ?? '')}` : JSON.stringify(error)}`,
  );
  process.exit(1);
}

async function trace(): Promise<void> {
  await player.enter('signUp');
  await comes('sign-up counts as the first sign-in', (now) => canonical(now)?.streak, 1);
  const popups = player.listen((await player.standing()).questCursor);
  const pops = async (step: string, quest: object, [number, status]: [number, string], wallet: object) => {
    const popup = await popups.next();
    const completion = { id: popup.completion.id, number, status };
    is(step, popup, { completion, quest, user: { name, wallet } });
    return completion.id;
  };
  const tenDiamonds = { name: 'sign-in-three-times', rewards: [{ item: 'DIAMOND', quantity: 10 }] };
  const fiftyGold = { name: 'welcome-back', rewards: [{ item: 'GOLD', quantity: 50 }] };

  await signIn(2);
  const first = await pops('the third sign-in pops up', tenDiamonds, [1, 'CLAIMABLE'], { gold: 0, diamonds: 0 });
  is('its reward is claimed', await player.claim(first), 'CLAIMED');
  is('claiming again gets the same answer', await player.claim(first), 'CLAIMED');
  is('and pays nothing more', (await player.standing()).wallet, { gold: 0, diamonds: 10 });

  await signIn(2);
  await pops('the fifth completes the quest that pays by itself', fiftyGold, [1, 'CLAIMED'], {
    gold: 50,
    diamonds: 10,
  });
  await signIn(1);
  const second = await pops('the sixth pops up', tenDiamonds, [2, 'CLAIMABLE'], { gold: 50, diamonds: 10 });
  is('its reward is claimed', await player.claim(second), 'CLAIMED');

  await signIn(3);
  const history = [...Array<string>(8).fill('UserSignIn'), 'NewUserSignIn'];
  await comes('later sign-ins are stored, newest first', signInsOf, history);
  const end = await player.standing();
  is('and never complete again', [canonical(end)?.completions, canonical(end)?.remaining], [2, 0]);
  is('nor does anything else', end.completions.nodes.length, 3);
  is('the wallet ends at 20 diamonds', end.wallet, { gold: 50, diamonds: 20 });
  await popups.stop();
}

async function signIn(times: number): Promise<void> {
  for (let time = 0; time < times; time++) await player.enter('signIn');
}

/** Of either kind, newest first; the history has more than these. */
function signInsOf({ events }: Standing) {
  return events.nodes.map(({ type }) => type).filter((type) => type.endsWith('UserSignIn'));
}

function canonical({ quests }: Standing) {
  return quests.find(({ quest }) => quest.name === 'sign-in-three-times');
}

function is(step: string, actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected))
    throw new Error(`${step}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
  console.log(`  ok    ${step}`);
}

/** Events travel from subgraph to subgraph, so what they do shows a moment later. */
async function comes(step: string, see: (now: Standing) => unknown, expected: unknown): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const actual = see(await player.standing());
    if (isDeepStrictEqual(actual, expected) || performance.now() > deadline) return is(step, actual, expected);
    await sleep(20);
  }
}
