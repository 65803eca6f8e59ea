import { ownKeys } from '../plan/steps/asked.ts';
import { entityCall } from './entityCall.ts';
import type { Plan } from '../plan/planner.ts';
import { rootCall } from './rootCall.ts';
import type { Call } from '../run.ts';
import type { IsOfType } from '../answer/runtimeType.ts';
import { shareableSteps } from '../plan/steps/sharing.ts';
import type { Step } from '../plan/steps/steps.ts';

/** Beyond this many entity fetches in one request, a subgraph's own limits come near. */
const mostCombined = 16;

/** Compiles a plan's steps to calls. Entity fetches of one level to one subgraph become one call: they cannot depend on each other. */
export function compileCalls(
  { steps, operation, clientKeys }: Plan,
  urlOf: (service: string) => string,
  isOfType: IsOfType,
): Call[] {
  const shareable = shareableSteps(steps);
  const own = ownKeys(steps);
  const settings = (service: string) => ({
    url: urlOf(service),
    isOfType,
    clientKeys,
    isShareable: (step: Step) => shareable.has(step),
    ownKeysOf: (step: Step) => own.get(step) ?? [],
  });
  const { groups, groupOf } = grouped(steps, operation.operation === 'mutation');
  return groups.map((group): Call => {
    const members = group.map((index) => steps[index]!);
    const [first] = members as [Step];
    const url = urlOf(first.fetch.serviceName);
    return {
      deferred: first.deferred,
      after: [...new Set(members.flatMap(({ after }) => after.map((index) => groupOf[index]!)))],
      run: first.fetch.requires
        ? entityCall(members, settings(first.fetch.serviceName))
        : rootCall(first, own.get(first)!, url, isOfType, clientKeys),
    };
  });
}

/** The steps of each call by index, earlier ones first, and the call of each step. */
function grouped(steps: readonly Step[], isMutation: boolean): { groups: number[][]; groupOf: number[] } {
  const isAlone = ({ fetch }: Step) => !fetch.requires || Boolean(fetch.contextRewrites) || isMutation;
  const awaited = new Set(steps.flatMap(({ after }) => after));
  /** A fetch that no other waits for joins the last request to its subgraph: the answer as a whole is no later for it. */
  const levelOf = (step: Step, index: number) =>
    awaited.has(index) || isAlone(step)
      ? step.level
      : Math.max(
          ...steps.flatMap((other) =>
            other.fetch.serviceName === step.fetch.serviceName && other.deferred === step.deferred && !isAlone(other)
              ? other.level
              : [],
          ),
        );
  const levels = steps.map(levelOf);
  const groups: number[][] = [];
  const groupOf: number[] = [];
  const open = new Map<string, number[]>();
  const inOrder = steps.map((_, index) => index).sort((a, b) => levels[a]! - levels[b]! || a - b);
  for (const index of inOrder) {
    const step = steps[index]!;
    const key = `${levels[index]} ${step.fetch.serviceName} ${step.deferred ?? ''}`;
    let group = isAlone(step) ? undefined : open.get(key);
    if (!group || group.length === mostCombined) {
      groups.push((group = []));
      if (!isAlone(step)) open.set(key, group);
    }
    group.push(index);
    groupOf[index] = groups.indexOf(group);
  }
  return { groups, groupOf };
}
