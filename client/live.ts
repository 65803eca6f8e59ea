import { createClient } from 'graphql-ws';

/**
 * The stream of completed quests for a game client, whatever it is made with: nothing is lost across cuts, restarts and ended tokens, and
 * nothing is shown twice. Copy this file into your game; `graphql-ws` is all that it needs.
 */
export interface LiveSettings<Completed extends { cursor: string; completion: { id: string } }> {
  /** ws://host/graphql */
  url: string;
  /** A subscription with the variable `$after` that selects `questCompleted { cursor completion { id } }` and whatever the game shows. */
  query: string;
  /**
   * The cursor to begin after: of the last completion that the player has seen, or `me { questCursor }` when this device has none.
   * `isRefused`: the graph does not know the last one; ask it for another.
   */
  begin(isRefused: boolean): Promise<string>;
  /** A token that still lives a while, other than the refused one. May reject while the graph is away: it is asked again. */
  accessToken(refused: string | undefined): Promise<string>;
  show(completed: Completed): void;
  light(connection: Connection): void;
}

/** LIVE: a completion would arrive at this moment. WAITING: the graph cannot be reached, and is tried again by and by. */
export type Connection = 'CONNECTING' | 'LIVE' | 'WAITING';

export interface Live {
  /** The network came, went or changed: does not wait for what may never come, and tries at once. */
  hurry(): void;
  stop(): void;
}

/** Why one connection ended: the graph closed it or it broke, or the graph refused the subscription. */
interface End {
  closeCode?: number;
  refusal?: string;
}

const pingMs = 10_000;
const pongMs = 5_000;
const longestWaitMs = 5_000;

export function openLive<Completed extends { cursor: string; completion: { id: string } }>(
  settings: LiveSettings<Completed>,
): Live {
  const shown = new Set<string>();
  let after: string | undefined;
  let refusedToken: string | undefined;
  let failures = 0;
  let stopped = false;
  let cut = () => {};
  let wake = () => {};

  /** One connection with one subscription, from its beginning to its end. */
  const connect = (token: string) =>
    new Promise<End>((resolve) => {
      let deadline: ReturnType<typeof setTimeout>;
      const client = createClient({
        url: settings.url,
        connectionParams: { authorization: `Bearer ${token}` },
        connectionAckWaitTimeout: pongMs,
        keepAlive: pingMs,
        retryAttempts: 0,
        on: {
          connected() {
            failures = 0;
            if (!stopped) settings.light('LIVE');
          },
          ping: (received) => void (received || (deadline = setTimeout(() => client.terminate(), pongMs))),
          pong: (received) => void (received && clearTimeout(deadline)),
          closed(event) {
            clearTimeout(deadline);
            resolve({ closeCode: (event as { code?: number }).code });
          },
        },
      });
      cut = () => client.terminate();
      const end = (reason: End) => {
        resolve(reason);
        void client.dispose();
      };
      client.subscribe<{ questCompleted: Completed }>(
        { query: settings.query, variables: { after } },
        {
          next: ({ data }) => data && take(data.questCompleted),
          error: (error) => end(Array.isArray(error) ? { refusal: codeOf(error) } : {}),
          complete: () => end({}),
        },
      );
    });

  const take = (completed: Completed) => {
    after = completed.cursor;
    if (stopped || shown.has(completed.completion.id)) return;
    shown.add(completed.completion.id);
    settings.show(completed);
  };

  const run = async () => {
    let isRefused = false;
    while (!stopped) {
      settings.light('CONNECTING');
      try {
        const token = await settings.accessToken(refusedToken);
        if (isRefused || after === undefined) after = await settings.begin(isRefused);
        if (stopped) return;
        const end = await connect(token);
        isRefused = end.refusal === 'BAD_USER_INPUT';
        refusedToken = end.closeCode === forbidden || end.refusal === 'UNAUTHENTICATED' ? token : undefined;
      } catch {
        // No token or no cursor: the graph is away.
      }
      if (stopped) return;
      settings.light('WAITING');
      await pause(failures++);
    }
  };

  /** At first hardly, then longer; never all clients at the same moment. */
  const pause = (times: number) =>
    new Promise<void>((resolve) => {
      const ms = Math.min(100 * 2 ** times, longestWaitMs) * (0.5 + Math.random());
      const timer = setTimeout(resolve, ms);
      wake = () => (clearTimeout(timer), resolve());
    });

  void run();
  return {
    hurry() {
      failures = 0;
      cut();
      wake();
    },
    stop() {
      stopped = true;
      cut();
      wake();
    },
  };
}

/** The close code of an access token that has ended. */
const forbidden = 4403;

const codeOf = (errors: readonly { extensions?: Record<string, unknown> | undefined }[]) =>
  String(errors[0]?.extensions?.['code']);
