import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Session, ask, signIn } from './client.ts';

/** A player as the driver knows it, which is all that the oracle may use. */
export interface Player {
  deviceId: string;
  session?: Session;
  /** Idempotency keys of the sign-ins that were answered. */
  acknowledged: string[];
  /** And of the gifts: a piece of gold each. */
  gifts: string[];
}

export interface Attempt {
  /** Milliseconds on the driver's clock. */
  at: number;
  took: number;
  ok: boolean;
  error?: string;
}

export interface Load {
  players: Player[];
  attempts: Attempt[];
  /** Takes no new sign-ins and resolves when every one that was begun is answered, each asked again under its key until it is. */
  finish(): Promise<void>;
}

/** Sign-ins per second: enough that every fault hits some under way, and little enough that two cores answer them at once. */
const perSecond = 30;
const signInsPerPlayer = 8;
const playersAtOnce = 10;
const pendingAtMost = 100;

const giveGold = `mutation ($userId: ID!, $key: String!) {
  grantReward(userId: $userId, rewards: [{ item: "GOLD", quantity: 1 }], reason: "for the run", idempotencyKey: $key) { id } }`;

/**
 * Sign-ins at a steady rate, whether or not they are answered, by players of whom some are always there and others come and go. Now and then
 * a player claims rewards or renews the session, or an operator gives one something.
 */
export function startLoad(url: string, random: () => number, regulars: Player[], operator: string): Load {
  const players = [...regulars];
  const active: Player[] = [];
  const attempts: Attempt[] = [];
  const pending = new Set<Promise<void>>();
  let running = true;

  const enter = async (player: Player, key: string) => {
    for (let pause = 100; ; pause = Math.min(1000, pause * 1.5)) {
      const at = performance.now();
      try {
        player.session = await signIn(url, player.deviceId, key);
        attempts.push({ at, took: performance.now() - at, ok: true });
        player.acknowledged.push(key);
        return;
      } catch (error) {
        attempts.push({ at, took: performance.now() - at, ok: false, error: String(error) });
        await sleep(pause * (0.5 + random()));
      }
    }
  };
  const give = async (player: Player, key: string) => {
    const variables = { userId: player.session!.user.id, key };
    for (let pause = 100; ; pause = Math.min(1000, pause * 1.5))
      try {
        // Who has just come is not known to progress yet.
        await ask(url, giveGold, variables, { token: operator });
        player.gifts.push(key);
        return;
      } catch {
        await sleep(pause * (0.5 + random()));
      }
  };
  const next = (): Player => {
    // Often enough that a regular completes something twice a second.
    if (random() < 0.3) return regulars[Math.floor(random() * regulars.length)]!;
    const place = Math.floor(random() * playersAtOnce);
    const found = active[place];
    if (found && found.acknowledged.length < signInsPerPlayer) return found;
    const fresh: Player = { deviceId: randomUUID(), acknowledged: [], gifts: [] };
    players.push(fresh);
    active[place] = fresh;
    return fresh;
  };
  const turn = async () => {
    const player = next();
    await enter(player, randomUUID());
    // What these answer is not counted on: at the end everybody claims everything.
    const { accessToken, refreshToken } = player.session!;
    const chance = random();
    if (chance < 0.2)
      await ask(url, 'mutation { claimAllRewards { id } }', {}, { token: accessToken }).catch(() => null);
    else if (chance < 0.3)
      await ask(url, 'mutation ($t: String!) { refreshSession(refreshToken: $t) { accessToken } }', {
        t: refreshToken,
      }).catch(() => null);
    else if (chance < 0.35) await give(player, randomUUID());
  };
  const beat = setInterval(() => {
    // Enough at once: what retries would do to a machine that is busy otherwise is another measurement.
    if (!running || pending.size >= pendingAtMost) return;
    const one: Promise<void> = turn().finally(() => pending.delete(one));
    pending.add(one);
  }, 1000 / perSecond);

  return {
    players,
    attempts,
    async finish() {
      running = false;
      clearInterval(beat);
      await Promise.all(pending);
    },
  };
}
