type Params = Readonly<Record<string, unknown>>;

/** The token of a `connection_init`, wherever the client's library puts it: `authorization` or `headers.authorization`, in any case. */
export function authorizationIn(connectionParams: Params | undefined): string | undefined {
  if (!connectionParams) return undefined;
  const given = memberOf(connectionParams, 'authorization');
  if (given !== undefined) return typeof given === 'string' ? given : undefined;
  const headers = memberOf(connectionParams, 'headers');
  const inHeaders =
    typeof headers === 'object' && headers !== null ? memberOf(headers as Params, 'authorization') : undefined;
  return typeof inHeaders === 'string' ? inHeaders : undefined;
}

const memberOf = (map: Params, name: string): unknown =>
  Object.entries(map).find(([key]) => key.toLowerCase() === name)?.[1];
