import type { FetchNode, PlanNode } from '@apollo/query-planner';
import { type PathStep, readPath } from '../../answer/path.ts';

/** One fetch of a plan, out of its tree. */
export interface Step {
  fetch: FetchNode;
  /** Where the entities stand that it completes; empty for the root. */
  path: readonly PathStep[];
  pathText: string;
  /** The steps that must be done before, by index. */
  after: readonly number[];
  /** 1 more than the highest level of those; 0 for the first. */
  level: number;
  /** The earlier fetch that joined this one, for the entities that this one cannot be sent for. */
  alone?: Step;
  /** The deferred fragment that it is for, by its label; absent: the answer cannot begin without it. */
  deferred?: string | undefined;
}

interface Position {
  path: readonly (string | number)[];
  after: readonly number[];
}

/** A plan's tree as a list of fetches, each knowing what it waits for; whatever it waits for comes earlier in the list. */
export function stepsOf(plan: PlanNode | undefined): Step[] {
  const steps: Step[] = [];
  /** Adds the node's steps and returns the last of them: what a following node waits for. */
  const add = (node: PlanNode | undefined, position: Position): readonly number[] => {
    switch (node?.kind) {
      case undefined:
        return [];
      case 'Sequence': {
        let last = position.after;
        for (const child of node.nodes) {
          const added = add(child, { ...position, after: last });
          if (added.length > 0) last = added;
        }
        return last === position.after ? [] : last;
      }
      case 'Parallel':
        return node.nodes.flatMap((child) => add(child, position));
      case 'Flatten':
        return add(node.node, { ...position, path: [...position.path, ...node.path] });
      case 'Fetch': {
        const { path, after } = position;
        const level = after.reduce((highest, index) => Math.max(highest, steps[index]!.level + 1), 0);
        const place = { path: readPath(path), pathText: path.join('.'), after, level };
        return [steps.push({ fetch: unnumbered(node), ...place }) - 1];
      }
      default:
        throw new Error(`a plan with the node ${node!.kind} cannot be executed`);
    }
  };
  add(plan, { path: [], after: [] });
  return steps;
}

/** The planner numbers the names of fetches. Without the number, equal fetches have equal texts and can be one. */
function unnumbered(fetch: FetchNode): FetchNode {
  const { operation, operationName } = fetch;
  const name = operationName?.replace(/__\d+$/, '');
  if (operationName === undefined || name === operationName) return fetch;
  return { ...fetch, operationName: name, operation: operation.replace(operationName, name!) };
}
