import { type ExecutionResult, GraphQLError } from 'graphql';
import { Refusal } from '../../subgraphs/shared/errors.ts';
import type { SubscriptionPlan } from '../execution/execution.ts';
import type { Caller } from '../forwarding.ts';
import { Queue } from './queue.ts';
import type { Sources } from './sources.ts';

/** How many events may wait for one subscriber. */
const queueLimit = 256;

/**
 * Runs a subscription: each event of the owning subgraph is completed from the others, several at a time, and given on in the order it came.
 * A subscriber that falls too far behind is told so, never silently served less.
 */
export function runSubscription(
  plan: SubscriptionPlan,
  caller: Caller,
  sources: Sources,
): AsyncIterableIterator<ExecutionResult> {
  let close = () => {};
  const queue = new Queue<ExecutionResult>(queueLimit, () => close());
  close = sources.open(plan, caller, {
    event(answer) {
      const result = plan.complete(answer).catch(asFailure);
      if (!queue.push(result)) queue.end(tooSlow());
    },
    end: (error) => queue.end(error),
  });
  return queue;
}

const tooSlow = () =>
  new Refusal(
    'SUBSCRIPTION_SLOW_CONSUMER',
    'Events came faster than they were read. Subscribe again after the last one that you got.',
  );

const asFailure = (error: Error): ExecutionResult => ({
  errors: [new GraphQLError('An event could not be completed', { originalError: error })],
});
