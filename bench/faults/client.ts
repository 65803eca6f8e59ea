/** What a game client says to the graph. */
export interface Answer<Data> {
  data?: Data | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

/** One operation; throws when there was no answer within `ms`, or an answer with errors. */
export async function ask<Data>(
  url: string,
  query: string,
  variables: object,
  { token, ms = 3000 }: { token?: string; ms?: number } = {},
): Promise<Data> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(ms),
  });
  const { data, errors } = (await response.json()) as Answer<Data>;
  if (errors?.length || !data) throw new Error(errors?.[0]?.extensions?.code ?? errors?.[0]?.message ?? 'no data');
  return data;
}

export interface Session {
  accessToken: string;
  refreshToken: string;
  user: { id: string };
}

/** Signs a guest in; the key makes a repeated request the same sign-in. */
export async function signIn(url: string, deviceId: string, idempotencyKey: string, ms?: number): Promise<Session> {
  const query = `mutation ($input: GuestSignInInput!) { signInAsGuest(input: $input) { accessToken refreshToken user { id } } }`;
  const { signInAsGuest } = await ask<{ signInAsGuest: Session }>(
    url,
    query,
    { input: { deviceId, idempotencyKey } },
    { ...(ms && { ms }) },
  );
  return signInAsGuest;
}

/** The token of one of the demo users. */
export async function tokenOf(url: string, name: string): Promise<string> {
  const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }';
  const { signIn } = await ask<{ signIn: { accessToken: string } }>(url, query, {
    input: { name, password: 'password' },
  });
  return signIn.accessToken;
}
