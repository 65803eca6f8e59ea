/** How one client library speaks to the gateway: what an application does with it, and nothing of how it does it. */
export interface ClientRow {
  name: string;
  open(urls: Urls, token: () => string | undefined): Session;
}

export interface Urls {
  http: string;
  socket: string;
}

export interface Session {
  /** Resolves to the data of a query or a mutation, rejects on errors. */
  ask(query: string, variables?: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** Absent where the library has no subscriptions. */
  subscribe?(query: string, after: Resumable, next: (data: Record<string, unknown>) => void): void;
  /** Whether a subscription goes on behind the cursor that `Resumable` has when its connection is cut; else it begins anew. */
  resumes?: boolean;
  close(): void | Promise<void>;
}

/** Variables that the application changes with each event. */
export interface Resumable extends Record<string, unknown> {
  after: string | null;
}

/** `fetch` with the token of this moment. */
export const fetchAs =
  (token: () => string | undefined): typeof fetch =>
  (input, init) => {
    const headers = new Headers(init?.headers);
    const authorization = token();
    if (authorization) headers.set('authorization', authorization);
    return fetch(input, { ...init, headers });
  };

export function dataOf({ data, errors }: { data?: unknown; errors?: unknown }): Record<string, unknown> {
  if (errors) throw new Error(JSON.stringify(errors));
  return data as Record<string, unknown>;
}
