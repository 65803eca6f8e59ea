import { CombinedGraphQLErrors } from '@apollo/client/errors';
import type { GraphQLFormattedError } from 'graphql';
import { print } from 'graphql/language/printer.js';
import { createClient } from 'graphql-ws';
import { useEffect, useRef, useState } from 'react';
import { inWords } from '../../fault.ts';
import type { Connection } from '../../live.ts';
import { useSessions } from '../../signedIn.tsx';
import { type EventFilter, EventRecordedDocument, type EventRecordedSubscription } from './events.generated.ts';

export type Arrived = EventRecordedSubscription['eventRecorded'];

export interface Tail {
  /** The last one first; a hundred at most. */
  arrived: readonly Arrived[];
  connection: Connection;
  /** Why nothing more comes, for people. */
  refusal: string | undefined;
}

const mostShown = 100;
/** By then the server is sure to follow; what happened before is in the list that is asked for now. */
const standingMs = 1000;
const query = print(EventRecordedDocument);
const nothing: Tail = { arrived: [], connection: 'CONNECTING', refusal: undefined };

/** Events as they are recorded, while it is on. After a cut it goes on at the present; `standing` is the moment to ask for what came before. */
export function useTail(filter: EventFilter, isOn: boolean, standing: () => void): Tail {
  const sessions = useSessions();
  const [tail, setTail] = useState(nothing);
  const tell = useRef(standing);
  tell.current = standing;
  const wanted = JSON.stringify(filter);

  useEffect(() => {
    setTail(nothing);
    if (!isOn) return;
    const change = (changes: Partial<Tail>) => setTail((before) => ({ ...before, ...changes }));
    let [token, refused]: (string | undefined)[] = [];
    let deadline: ReturnType<typeof setTimeout>;
    let later: ReturnType<typeof setTimeout>;
    const client = createClient({
      url: `${location.origin.replace('http', 'ws')}/graphql`,
      connectionParams: async () => {
        token = await sessions.accessToken(refused);
        return { authorization: `Bearer ${token}` };
      },
      keepAlive: 10_000,
      retryAttempts: Infinity,
      shouldRetry: () => true,
      on: {
        connected() {
          change({ connection: 'LIVE' });
          later = setTimeout(() => tell.current(), standingMs);
        },
        ping: (received) => void (received || (deadline = setTimeout(() => client.terminate(), 5000))),
        pong: (received) => void (received && clearTimeout(deadline)),
        closed(event) {
          clearTimeout(deadline);
          clearTimeout(later);
          if ((event as CloseEvent).code === tokenEnded) refused = token;
          change({ connection: 'WAITING' });
        },
      },
    });
    let end = () => {};
    let isOver = false;
    let again: ReturnType<typeof setTimeout>;
    const followAgain = (ms: number) => {
      if (!isOver) again = setTimeout(follow, ms);
    };
    const follow = () => {
      end = client.subscribe<EventRecordedSubscription>(
        { query, variables: { filter: JSON.parse(wanted) as EventFilter } },
        {
          next({ data }) {
            if (data)
              setTail((before) => ({
                ...before,
                arrived: [data.eventRecorded, ...before.arrived].slice(0, mostShown),
              }));
          },
          error(error) {
            if (Array.isArray(error)) change({ refusal: inWords(refusalOf(error)) });
            // No token, or not let in at the moment; who is signed out does not see this page any more.
            else followAgain(5 * standingMs);
          },
          // Its server has left; another one takes over.
          complete: () => followAgain(standingMs),
        },
      );
    };
    follow();
    return () => {
      isOver = true;
      clearTimeout(again);
      clearTimeout(later);
      end();
      void client.dispose();
    };
  }, [sessions, wanted, isOn]);
  return tail;
}

const refusalOf = (errors: readonly GraphQLFormattedError[]) => new CombinedGraphQLErrors({ errors });

/** The close code of an access token that has ended. */
const tokenEnded = 4403;
