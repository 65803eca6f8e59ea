import { Refusal } from '../../shared/errors.ts';
import { signedIn } from '../../shared/identity.ts';
import type { Caller } from '../../shared/subgraph/subgraph.ts';
import { Queue } from '../subscriptions/groups/queue.ts';

interface Told {
  cursor: string;
  number: number;
  thing: { id: string };
  person: { id: string };
}

/** Two streams that can be continued at any of their events, one of each person and one of everyone. */
export interface Tellings {
  /** The person does a thing, which is kept. */
  tell(person: string, thing: string): void;
  cursorOf(person: string): string;
  /** With which cursors streams were opened, in order. */
  opened: (string | null)[];
  /** The subgraph cannot say how many points somebody has. */
  isPointless: boolean;
  /** How many streams are open. */
  open(): number;
  streams: object;
}

const everyone = 'everyone';

export function openTellings(): Tellings {
  const history = new Map<string, Told[]>();
  const listening = new Map<Queue<Told>, string>();
  const opened: (string | null)[] = [];
  const toldTo = (whom: string) => history.get(whom) ?? [];
  const add = (whom: string, person: string, thing: string) => {
    const number = toldTo(whom).length + 1;
    const told = { cursor: `${whom}-${number}`, number, thing: { id: thing }, person: { id: person } };
    history.set(whom, [...toldTo(whom), told]);
    for (const [queue, listener] of listening) if (listener === whom) queue.push(told);
  };
  const stream = (whom: string, after: string | null | undefined) => {
    opened.push(after ?? null);
    const [, of, number] = /^(\w+)-(\d+)$/.exec(after ?? `${whom}-${toldTo(whom).length}`) ?? [];
    if (of !== whom || Number(number) > toldTo(whom).length)
      throw new Refusal('BAD_USER_INPUT', 'That is no cursor of yours.');
    const queue: Queue<Told> = new Queue(100_000, () => listening.delete(queue));
    listening.set(queue, whom);
    for (const told of toldTo(whom).slice(Number(number))) queue.push(told);
    return queue;
  };
  type Arguments = { after?: string | null };
  return {
    opened,
    isPointless: false,
    open: () => listening.size,
    cursorOf: (person) => `${person}-${toldTo(person).length}`,
    tell(person, thing) {
      add(person, person, thing);
      add(everyone, person, thing);
    },
    streams: {
      told: {
        subscribe: (_: unknown, { after }: Arguments, { caller }: { caller: Caller }) =>
          stream(signedIn(caller.viewer).id, after),
        resolve: (told: Told) => told,
      },
      news: {
        subscribe: (_: unknown, { after }: Arguments, { caller }: { caller: Caller }) => {
          if (caller.viewer) throw new Error('what everyone may see is asked for in the name of somebody');
          return stream(everyone, after);
        },
        resolve: (told: Told) => told,
      },
    },
  };
}
