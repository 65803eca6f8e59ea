import type { Viewer } from '../../../shared/identity.ts';
import type { ConnectionLimits } from '../../limits/connectionLimits.ts';

/** Why we end a stream: its token has ended, its session has, its user opened another in its place, or we leave. */
export type EndReason = 'expired' | 'revoked' | 'user' | 'draining';

/** Ends a stream in a way that lets an honest client come again. */
export type EndStream = (why: EndReason) => void;

/**
 * Streams of events that one door serves. They are connections as sockets are: the same limits hold for all of a player's together, and they end
 * when the token does.
 */
export interface OpenStreams {
  /** A stream begins; call the result when it is over. Undefined: there are too many from this address. */
  enter(viewer: Viewer | null, address: string, end: EndStream): (() => void) | undefined;
  sendAway(isMeant: (viewer: Viewer) => boolean): void;
  /** Those that are open now. */
  readonly ends: readonly EndStream[];
}

const timersAtMost = 2 ** 31 - 1;

export function openStreams(connections: ConnectionLimits): OpenStreams {
  const open = new Map<EndStream, Viewer | null>();
  return {
    enter(viewer, address, end) {
      const place = connections.arrive(address);
      if (!place) return undefined;
      // Nothing is heard of a reader; the stream that was opened first counts as the most silent one.
      if (viewer) place.belongTo(viewer.id, { heardAt: performance.now(), giveWay: () => end('user') });
      const left = viewer ? viewer.expiresAt * 1000 - Date.now() : timersAtMost;
      const expiry = setTimeout(() => end('expired'), Math.min(left, timersAtMost));
      open.set(end, viewer);
      return () => {
        clearTimeout(expiry);
        open.delete(end);
        place.leave();
      };
    },
    sendAway(isMeant) {
      for (const [end, viewer] of open) if (viewer && isMeant(viewer)) end('revoked');
    },
    get ends() {
      return [...open.keys()];
    },
  };
}
