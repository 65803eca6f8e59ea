import { setTimeout as sleep } from 'node:timers/promises';
import {
  apiFaults,
  deadLetterFaults,
  auditFaults,
  oracleFaults,
  popupFaults,
  progressFaults,
  quiet,
  senderFaults,
} from './checks.ts';
import { ask, tokenOf } from './client.ts';
import { startLoad } from './load.ts';
import { randomOf } from './random.ts';
import type { System } from './system.ts';
import { newPlayer, popupsBefore, watch } from './watcher.ts';

export interface Limits {
  /** The share of sign-ins that must succeed while the fault lasts. */
  success?: number;
  /** How long one may take meanwhile, in milliseconds. */
  longestMs?: number;
  /** Within how many milliseconds after `strike` sign-ins and popups must be back; 5,000 unless said. */
  backMs?: number;
}

/** A fault, and what must hold beside the invariants. */
export interface Scenario {
  name: string;
  /** On a Redis Cluster whose masters have a replica each; absent: on one server. */
  on?: 'cluster';
  limits?: Limits;
  /** Breaks something under load and mends it; resolves when it is mended. */
  strike(system: System, random: () => number, note: (text: string) => void): Promise<void>;
  /** Sentences on what is wrong in the end. */
  check?(system: System): Promise<string[]>;
}

export interface Outcome {
  /** What did not hold, as sentences; empty: passed. */
  faults: string[];
  seconds: number;
}

/** Load, fault, recovery, quiet, then everything that must hold. */
export async function runScenario(
  system: System,
  scenario: Scenario,
  seed: number,
  tell: (line: string) => void,
): Promise<Outcome> {
  const random = randomOf(seed);
  const began = performance.now();
  const since = () => `${((performance.now() - began) / 1000).toFixed(2).padStart(7)} s  `;
  const note = (text: string) => tell(since() + text);
  const { limits = {} } = scenario;
  const url = system.graphUrl;

  const regulars = [
    await newPlayer(url, `regular-${seed}-a-${Date.now()}`),
    await newPlayer(url, `regular-${seed}-b-${Date.now()}`),
  ];
  const [two, one] = regulars as [(typeof regulars)[0], (typeof regulars)[0]];
  // The first sign-in has its popup before anybody watches.
  const cursorOf = async (player: (typeof regulars)[0]) => {
    const query = '{ me { questCursor completions(first: 1) { nodes { id } } } }';
    const token = player.session!.accessToken;
    for (;;) {
      const { me } = await ask<{ me: { questCursor: string; completions: { nodes: object[] } } }>(
        url,
        query,
        {},
        { token },
      );
      if (popupsBefore === me.completions.nodes.length) return me.questCursor;
      await sleep(20);
    }
  };
  // Two sockets of one player, and one of another.
  const watchers = await Promise.all([two, two, one].map(async (player) => watch(url, player, await cursorOf(player))));
  const load = startLoad(url, random, regulars, await tokenOf(url, 'operator'));
  await sleep(600 + random() * 600);

  const lastError = () => load.attempts.findLast(({ ok }) => !ok)?.error ?? 'nothing';
  note(`strike, after ${load.attempts.length} sign-ins`);
  const struckAt = performance.now();
  const faults: string[] = [];
  await scenario
    .strike(system, random, note)
    .catch((error: unknown) => faults.push(`the strike itself failed: ${String(error)}`));
  const mendedAt = performance.now();
  note('mended');

  const back = { 'sign-ins': -1, popups: -1 };
  const backMs = limits.backMs ?? 5000;
  while (performance.now() - mendedAt < backMs + 5000 && Object.values(back).some((ms) => ms < 0)) {
    await sleep(10);
    const now = performance.now() - mendedAt;
    if (back['sign-ins'] < 0 && load.attempts.some(({ at, ok }) => ok && at > mendedAt)) back['sign-ins'] = now;
    if (back.popups < 0 && watchers.every(({ frames }) => frames.some(({ at }) => at > mendedAt))) back.popups = now;
  }
  note(`back: sign-ins after ${back['sign-ins'].toFixed(0)} ms, popups after ${back.popups.toFixed(0)} ms`);
  for (const [what, ms] of Object.entries(back))
    if (ms < 0 || ms > backMs) faults.push(`${what} were not back within ${backMs} ms; sign-ins said ${lastError()}`);

  await sleep(300);
  await load.finish();
  const during = load.attempts.filter(({ at }) => at >= struckAt && at <= mendedAt);
  const failed = during.filter(({ ok }) => !ok);
  const longest = Math.max(0, ...during.map(({ took }) => took));
  note(
    `${load.attempts.length} sign-ins; meanwhile ${during.length}, of which ${failed.length} failed; the longest took ${longest.toFixed(0)} ms`,
  );
  if (limits.success !== undefined && failed.length > (1 - limits.success) * during.length)
    faults.push(`${failed.length} of ${during.length} sign-ins failed meanwhile: ${failed[0]!.error}`);
  if (limits.longestMs !== undefined && longest > limits.longestMs)
    faults.push(`a sign-in took ${longest.toFixed(0)} ms`);

  faults.push(...(await quiet(system)));
  note('quiet');
  faults.push(...(await popupFaults(system, watchers)));
  for (const watcher of watchers) await watcher.stop();
  faults.push(...((await scenario.check?.(system)) ?? []), ...(await deadLetterFaults(system)));
  const players = load.players.filter((player) => player.session);
  faults.push(...(await senderFaults(system, players)), ...(await oracleFaults(system, players)));
  faults.push(...(await auditFaults(system)));
  faults.push(...(await apiFaults(system, players.slice(0, 12))), ...(await progressFaults(system)));
  return { faults, seconds: (performance.now() - began) / 1000 };
}
