import { useApolloClient } from '@apollo/client/react';
import { print } from 'graphql/language/printer.js';
import { useEffect, useRef, useState } from 'react';
import { type Connection, type Live, openLive } from '../live.ts';
import { openSeen } from '../seen.ts';
import type { Session } from '../session.ts';
import { useSessions } from '../signedIn.tsx';
import {
  CompletedDocument,
  type CompletedSubscription,
  CursorDocument,
  type EarnedFragment,
  MissedDocument,
} from './operations.generated.ts';

type Completed = CompletedSubscription['questCompleted'];

/** A popup that the player has not put away yet. */
export interface Popup {
  completion: EarnedFragment;
  /** Where the stream stands once this one is put away. */
  cursor?: string;
}

export interface Popups {
  waiting: readonly Popup[];
  connection: Connection;
  putAway(popup: Popup): void;
}

/**
 * The queue of popups. One is in it until it is put away, in whichever tab; only then is the cursor moved, so that a reload shows again what
 * was still waiting. `arrived` is called for each new one.
 */
export function usePopups({ user: { id: userId }, enteredAt }: Session, arrived: () => void): Popups {
  const apollo = useApolloClient();
  const sessions = useSessions();
  const [waiting, setWaiting] = useState<readonly Popup[]>([]);
  const [connection, setConnection] = useState<Connection>('CONNECTING');
  const tell = useRef(arrived);
  tell.current = arrived;

  useEffect(() => {
    const seen = openSeen(localStorage, userId);
    const isNew = ({ completion }: Popup) => !seen.has(completion.id);
    const show = (popups: Popup[]) =>
      setWaiting((before) => {
        const known = new Set(before.map(({ completion }) => completion.id));
        return [...before, ...popups.filter((popup) => isNew(popup) && !known.has(popup.completion.id))];
      });
    /** A device without a cursor shows what can be claimed and what this sign-in has earned already. The cursor comes first, so nothing falls in between. */
    const begin = async (isRefused: boolean) => {
      const kept = seen.cursor();
      if (kept && !isRefused) return kept;
      // Not together with an equal query that is under way: it may be from before the cursor. And past the page's cache: what stands on the
      // page need not be drawn anew before the popup.
      const fresh = { fetchPolicy: 'no-cache', context: { queryDeduplication: false } } as const;
      const { questCursor } = (await apollo.query({ query: CursorDocument, ...fresh })).data!.me!;
      const { completions } = (await apollo.query({ query: MissedDocument, ...fresh })).data!.me!;
      const missed = completions.nodes
        .filter(({ status, completedAt }) => status === 'CLAIMABLE' || completedAt >= enteredAt)
        .reverse()
        .map((completion): Popup => ({ completion }));
      const last = missed.filter(isNew).at(-1);
      if (last) last.cursor = questCursor;
      else seen.moveTo(questCursor);
      show(missed);
      return questCursor;
    };
    const live: Live = openLive<Completed>({
      url: `${location.origin.replace('http', 'ws')}/graphql`,
      query: print(CompletedDocument),
      begin,
      accessToken: (refused) => sessions.accessToken(refused),
      show({ cursor, completion }) {
        show([{ cursor, completion }]);
        tell.current();
      },
      light: setConnection,
    });
    const stopWatching = seen.watch(() => {
      setWaiting((before) => before.filter(isNew));
      tell.current();
    });
    const hurry = () => live.hurry();
    addEventListener('online', hurry);
    addEventListener('offline', hurry);
    return () => {
      removeEventListener('online', hurry);
      removeEventListener('offline', hurry);
      stopWatching();
      live.stop();
    };
  }, [apollo, sessions, userId, enteredAt]);

  return {
    waiting,
    connection,
    putAway({ completion, cursor }) {
      openSeen(localStorage, userId).add(completion.id, cursor);
      setWaiting((before) => before.filter((one) => one.completion.id !== completion.id));
    },
  };
}
