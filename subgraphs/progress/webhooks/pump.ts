import type { Database } from '../../../shared/database/database.ts';
import { failpoint } from '../../../shared/process/failpoint.ts';
import type { Log } from '../../../shared/process/log.ts';
import { type Due, findDue } from './deliveryStore.ts';
import type { Recorder } from './recorder.ts';
import { type Outcome, type Sender, connectionsAtMost } from './sender.ts';
import { signedHeaders } from './signature.ts';
import { failingAtMostMs, pauseAfter, restAfter } from './webhook.rules.ts';
import { type Webhook, saveFailure, saveRecovery } from './webhookStore.ts';

export interface PumpTies {
  database: Database;
  sender: Sender;
  recorder: Recorder;
  /** Partitions of the users that this process works at. */
  held(): readonly number[];
  partitions: number;
  /** Between attempts at one delivery, and after the first failures in a row of a target. */
  pauses: readonly number[];
  restMs: number;
  /** When it ends, nothing more is begun, and what is under way is left to whoever comes next. */
  signal: AbortSignal;
  attempted(outcome: Outcome): void;
  log: Log;
}

export interface Pump {
  /** Begins whatever is due and has a place; asks no more often than it has to. */
  fill(webhook: Webhook): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<unknown>;
}

/**
 * Sends the deliveries of one webhook, those of different players side by side and those of one player one after the other. A target that fails again
 * and again is asked by one delivery at a time, ever less often, so that an outage costs the others that wait no attempts.
 */
export function openPump(first: Webhook, ties: PumpTies): Pump {
  const { database, sender, recorder, signal, log } = ties;
  /** By player. */
  const underWay = new Map<string, Promise<void>>();
  let webhook = first;
  let failures = 0;
  let [failedAt, restsUntil] = [-Infinity, -Infinity];
  let filling: Promise<void> | undefined;
  let [mayBeMore, askedAgain] = [false, false];

  const tell = async ({ kind, fault }: Outcome, began: number) => {
    if (fault === null) {
      if (failures > 0 || webhook.failingSince) await saveRecovery(database.fork(), webhook.id);
      failures = 0;
      return;
    }
    // What was under way together has failed once.
    if (began >= failedAt) failures++;
    failedAt = performance.now();
    restsUntil = failedAt + restAfter(failures, ties.restMs);
    const isDisabled = await saveFailure(database.fork(), webhook.id, fault, kind === 'GONE', failingAtMostMs);
    if (isDisabled) log.warn({ webhook: webhook.id, fault }, 'a webhook is disabled');
  };
  const attempt = async ({ userId, number, eventId, body, attempts }: Due) => {
    const began = performance.now();
    const outcome = await sender.send(
      webhook.url,
      signedHeaders(webhook.keys, eventId, new Date(), body),
      body,
      signal,
    );
    failpoint('webhook.afterSend');
    const pauseMs = outcome.fault === null ? null : pauseAfter(attempts + 1, Math.random(), ties.pauses);
    const { status, fault } = outcome;
    await recorder.note({ userId, number, pauseMs, status, fault });
    ties.attempted(outcome);
    await tell(outcome, began);
  };
  const begin = (due: Due) => {
    const attempting = attempt(due)
      .catch((error: unknown) => {
        if (!signal.aborted) log.warn({ error: String(error), webhook: webhook.id }, 'a delivery is sent again');
      })
      .finally(() => {
        underWay.delete(due.userId);
        if (mayBeMore && underWay.size <= placesAtMost() / 2) refill();
      });
    underWay.set(due.userId, attempting);
  };
  const placesAtMost = () => (restAfter(failures, 1) > 0 ? 1 : connectionsAtMost);
  const take = async () => {
    const limit = placesAtMost() - underWay.size;
    const held = ties.held();
    if (limit <= 0 || held.length === 0 || performance.now() < restsUntil) return;
    const { partitions } = ties;
    const due = await findDue(database.fork(), webhook.id, { held, partitions, busy: [...underWay.keys()], limit });
    // What waits behind one of these is found once that is done.
    mayBeMore = due.length > 0;
    if (!signal.aborted) due.forEach(begin);
  };
  const refill = () => {
    askedAgain = filling !== undefined;
    if (askedAgain || signal.aborted) return;
    filling = take()
      .catch((error: unknown) => log.debug({ error: String(error) }, 'deliveries wait for the database'))
      .finally(() => {
        filling = undefined;
        if (askedAgain) refill();
      });
  };
  return {
    fill(now) {
      webhook = now;
      refill();
    },
    idle: () => Promise.all([filling, ...underWay.values()]),
  };
}
