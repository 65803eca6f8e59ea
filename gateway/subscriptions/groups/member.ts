import { Refusal } from '../../../shared/errors.ts';
import type { WrittenResult } from '../../execution/execution.ts';
import type { Caller } from '../../identity/forwarding.ts';
import type { Limits } from '../../limits/limits.ts';
import type { Group } from './group.ts';
import type { EndReason } from '../../metrics/subscriptionMetrics.ts';
import { Queue } from './queue.ts';

/** One subscriber of a group, and what waits for it. */
export class Member {
  readonly caller: Caller;
  readonly queue: Queue<WrittenResult>;
  /** It can change: groups that stand at the same event become one. */
  group: Group;
  reason: EndReason = 'left';
  #cursor: string | undefined;

  constructor(caller: Caller, group: Group, limits: Limits['queue'], left: (member: Member) => void) {
    this.caller = caller;
    this.group = group;
    this.queue = new Queue(limits, () => left(this));
    this.#cursor = group.cursor;
  }

  /** A member that is too far behind ends with an error that says where to go on, after everything that waits for it. */
  take(result: Promise<WrittenResult>, cursor: string | undefined): void {
    if (this.queue.push(result)) this.#cursor = cursor;
    else
      this.end(
        'slow',
        new Refusal(
          'SUBSCRIPTION_SLOW_CONSUMER',
          'Events came faster than they were read. Subscribe again after the last one that you got.',
          this.#cursor === undefined ? {} : { cursor: this.#cursor },
        ),
      );
  }

  end(reason: EndReason, error?: Error): void {
    this.reason = reason;
    if (error) this.queue.end(error);
    else this.queue.end();
  }
}
