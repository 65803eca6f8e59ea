import { ApolloProvider, useMutation } from '@apollo/client/react';
import { type ReactNode, createContext, useContext, useEffect, useMemo, useSyncExternalStore } from 'react';
import type { Graph } from './graph.ts';
import { SignOutDocument } from './session.generated.ts';
import type { Session, Sessions } from './session.ts';

const Context = createContext<Sessions | undefined>(undefined);

/** Gives the page its session and its client of the graph. Each user gets a new one, so that nobody is shown what another was told. */
export function GraphProvider({ graph, children }: { graph: Graph; children: ReactNode }) {
  const { sessions, openClient } = graph;
  const userId = useSyncExternalStore(sessions.watch, () => sessions.current()?.user.id);
  const apollo = useMemo(openClient, [openClient, userId]);
  useEffect(() => () => apollo.stop(), [apollo]);
  return (
    <Context.Provider value={sessions}>
      <ApolloProvider client={apollo} key={userId ?? ''}>
        {children}
      </ApolloProvider>
    </Context.Provider>
  );
}

export const useSessions = (): Sessions => useContext(Context)!;

export function useSession(): Session | undefined {
  const sessions = useSessions();
  return useSyncExternalStore(sessions.watch, sessions.current);
}

/** Signs out here at once, whether or not the server can be told. */
export function useSignOut(): () => Promise<void> {
  const sessions = useSessions();
  const [signOut] = useMutation(SignOutDocument);
  return async () => {
    await signOut().catch(() => {});
    sessions.leave();
  };
}
