import { Pool } from 'undici';

export interface Answer {
  status: number;
  body: { data?: Record<string, unknown> | null; errors?: { extensions: { code: string } }[] };
}

/** Kept connections to the graph. */
export function openClient(url: string, connections: number) {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections, pipelining: 1, headersTimeout: 30_000 });
  return {
    origin,
    async ask(
      query: string,
      variables: object = {},
      token?: string,
      headers: Record<string, string> = {},
    ): Promise<Answer> {
      const response = await pool.request({
        path: pathname,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/graphql-response+json',
          ...(token && { authorization: `Bearer ${token}` }),
          ...headers,
        },
        body: JSON.stringify({ query, variables }),
      });
      return { status: response.statusCode, body: (await response.body.json()) as Answer['body'] };
    },
    close: () => pool.close(),
  };
}
export type Client = ReturnType<typeof openClient>;
