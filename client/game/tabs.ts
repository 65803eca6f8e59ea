import { useApolloClient } from '@apollo/client/react';
import { useEffect, useMemo } from 'react';

/** What this tab has done: asks again for all that is shown, here and in the player's other tabs. */
export function useRefresh(userId: string): () => void {
  const apollo = useApolloClient();
  const tabs = useMemo(() => new BroadcastChannel(`questline.game.${userId}`), [userId]);
  const refetch = useMemo(() => () => void apollo.refetchQueries({ include: 'active' }).catch(() => {}), [apollo]);
  useEffect(() => {
    tabs.onmessage = refetch;
    return () => void (tabs.onmessage = null);
  }, [tabs, refetch]);
  return useMemo(
    () => () => {
      refetch();
      tabs.postMessage('changed');
    },
    [tabs, refetch],
  );
}
