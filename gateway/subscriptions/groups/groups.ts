import { Refusal } from '../../../shared/errors.ts';
import { failpoint } from '../../../shared/process/failpoint.ts';
import type { Log } from '../../../shared/process/log.ts';
import type { WrittenResult } from '../../execution/execution.ts';
import type { Caller } from '../../identity/forwarding.ts';
import type { Graph } from '../../supergraph/graph.ts';
import { type SubscriptionRequest, keyOf, textOf } from './subscriptionRequest.ts';
import { Group, type GroupSettings } from './group.ts';
import { GroupIndex } from './groupIndex.ts';
import type { Limits } from '../../limits/limits.ts';
import { Member } from './member.ts';
import type { Counters } from '../../metrics/subscriptionMetrics.ts';
import { currentCursor } from '../present.ts';
import { Queue } from './queue.ts';
import type { Sources } from '../upstream/sources.ts';

/** Every subscription of this process, however its subscriber came in. */
export interface Groups {
  /** Whatever goes wrong is an error of the iterator. */
  subscribe(asked: SubscriptionRequest): AsyncIterableIterator<WrittenResult, undefined>;
  /** Another graph is served: what is still valid goes on by it, and only what is not ends. */
  reload(): Promise<void>;
}

export interface GroupsSettings {
  graph(): Graph;
  sources: Sources;
  counters: Counters;
  log: Log;
  /** How long an event may wait for a subgraph that is away. */
  patienceMs: number;
  errorCodesOf: GroupSettings['errorCodesOf'];
  /** Events that wait for one subscriber. */
  queue: Limits['queue'];
}

export function openGroups({ graph, sources, counters, log, patienceMs, errorCodesOf, queue }: GroupsSettings): Groups {
  const byKey = new Map<string, GroupIndex>();
  const all = () => [...byKey.values()].flatMap((groups) => [...groups]);

  /** Two groups of one key that stand at the same event have the same future, and become one. */
  const moved = (group: Group) => {
    counters.events++;
    counters.delivered += group.members.size;
    merge(group);
  };
  const merge = (group: Group) => {
    const other = byKey.get(group.key)?.update(group);
    if (other) absorb(...(group.isLive ? ([group, other] as const) : ([other, group] as const)));
  };
  const absorb = (into: Group, from: Group) => {
    remove(from);
    into.isLive ||= from.isLive;
    byKey.get(into.key)?.update(into);
    for (const member of from.members) enter(member, into);
    from.members.clear();
    into.renew();
  };
  const enter = (member: Member, group: Group) => {
    member.group = group;
    group.members.add(member);
  };
  const remove = (group: Group) => {
    group.close();
    const groups = byKey.get(group.key);
    groups?.delete(group);
    if (groups?.size === 0) byKey.delete(group.key);
  };
  const left = (member: Member) => {
    const { group, reason } = member;
    counters.ends[reason]++;
    group.members.delete(member);
    if (group.members.size === 0) remove(group);
    else group.renew();
  };
  const settings: GroupSettings = {
    ...{ graph, sources, log, patienceMs, errorCodesOf, moved },
    completed: (ms) => counters.completed(ms / 1000),
    retried: () => void counters.retries++,
  };

  const open = async (group: Group, caller: Caller) => {
    try {
      group.cursor ??= await currentCursor(graph(), group.asked.field, caller);
      if (group.members.size > 0) group.open();
      merge(group);
      failpoint('gateway.afterSubscribe');
    } catch (error) {
      group.end('failed', error as Error);
    }
  };

  counters.gauge(() => {
    const subscriptionsByField: Record<string, number> = {};
    let [groups, queued, deepestQueue] = [0, 0, 0];
    for (const { field, members } of all()) {
      groups++;
      subscriptionsByField[field] = (subscriptionsByField[field] ?? 0) + members.size;
      for (const { queue } of members) {
        queued += queue.depth;
        deepestQueue = Math.max(deepestQueue, queue.depth);
      }
    }
    return { subscriptionsByField, groups, queued, deepestQueue };
  });

  return {
    subscribe(asked) {
      const key = keyOf(asked, graph().terms.streams[asked.field]);
      const found = byKey.get(key)?.find(asked.after);
      try {
        const group = found ?? new Group(key, asked, settings);
        const member = new Member(asked.caller, group, queue, left);
        enter(member, group);
        if (found) found.renew();
        else {
          const groups = byKey.get(key) ?? new GroupIndex();
          byKey.set(key, groups);
          groups.add(group);
          void open(group, asked.caller);
        }
        return member.queue;
      } catch (error) {
        log.error({ err: error }, 'a subscription cannot be planned');
        return failed(error);
      }
    },
    async reload() {
      let count = 0;
      for (const group of all()) {
        if (++count % together === 0) await new Promise((resolve) => setImmediate(resolve));
        if (group.members.size === 0) continue;
        try {
          const { operation, variables } = group.asked;
          const { errors } = graph().documents.read(textOf(group.asked), operation.operationName, variables);
          if (errors) group.end('reload', invalid(group));
          else group.replan();
        } catch (error) {
          log.error({ err: error }, 'a subscription cannot be planned any more');
          group.end('reload', invalid(group));
        }
      }
    },
  };
}

/** So many groups are planned anew before others have their turn. */
const together = 100;

function failed(error: unknown): Queue<WrittenResult> {
  const queue = new Queue<WrittenResult>(1, () => {});
  queue.end(error);
  return queue;
}

const invalid = ({ cursor }: Group) =>
  new Refusal(
    'SUBSCRIPTION_SCHEMA_RELOAD',
    'The schema has changed, and this subscription does not fit it any more.',
    cursor === undefined ? {} : { cursor },
  );
