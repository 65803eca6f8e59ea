import { entityCall } from './entityCall.ts';
import type { Plan } from '../plan/planner.ts';
import { rootCall } from './rootCall.ts';
import type { Call } from '../run.ts';
import type { IsOfType } from '../answer/runtimeType.ts';
import { shareableSteps } from '../plan/sharing.ts';
import type { Step } from '../plan/steps.ts';

/** Beyond this many entity fetches in one request, a subgraph's own limits come near. */
const mostCombined = 16;

/** Compiles a plan's steps to calls. Entity fetches of one level to one subgraph become one call: they cannot depend on each other. */
export function compileCalls(
  { steps, operation, clientKeys }: Plan,
  urlOf: (service: string) => string,
  isOfType: IsOfType,
): Call[] {
  const shareable = shareableSteps(steps);
  const settings = (service: string) => ({
    url: urlOf(service),
    isOfType,
    clientKeys,
    isShareable: (step: Step) => shareable.has(step),
  });
  const groups: number[][] = [];
  const groupOf: number[] = [];
  const open = new Map<string, number[]>();
  const inOrder = steps.map((_, index) => index).sort((a, b) => steps[a]!.level - steps[b]!.level || a - b);
  for (const index of inOrder) {
    const { fetch, level } = steps[index]!;
    const isAlone = !fetch.requires || fetch.contextRewrites || operation.operation === 'mutation';
    const key = `${level} ${fetch.serviceName}`;
    let group = isAlone ? undefined : open.get(key);
    if (!group || group.length === mostCombined) {
      groups.push((group = []));
      if (!isAlone) open.set(key, group);
    }
    group.push(index);
    groupOf[index] = groups.indexOf(group);
  }
  return groups.map((group): Call => {
    const members = group.map((index) => steps[index]!);
    const [first] = members as [Step];
    const url = urlOf(first.fetch.serviceName);
    return {
      after: [...new Set(members.flatMap(({ after }) => after.map((index) => groupOf[index]!)))],
      run: first.fetch.requires
        ? entityCall(members, settings(first.fetch.serviceName))
        : rootCall(first, url, isOfType, clientKeys),
    };
  });
}
