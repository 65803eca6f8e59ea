import { useSyncExternalStore } from 'react';
import type { Connection } from '../live.ts';

const words = { CONNECTING: 'Connecting', LIVE: 'Live', WAITING: 'Reconnecting', OFFLINE: 'Offline' };

/** Whether a popup could arrive at this moment. */
export function Light({ connection }: { connection: Connection }) {
  const isOnline = useSyncExternalStore(watchNetwork, () => navigator.onLine);
  const state = connection === 'LIVE' || isOnline ? connection : 'OFFLINE';
  return (
    <span role="status" className="light" data-state={state}>
      {words[state]}
    </span>
  );
}

function watchNetwork(changed: () => void) {
  addEventListener('online', changed);
  addEventListener('offline', changed);
  return () => {
    removeEventListener('online', changed);
    removeEventListener('offline', changed);
  };
}
