import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, type InMemoryCacheConfig } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { ErrorLink } from '@apollo/client/link/error';
import { from, mergeMap } from 'rxjs';
import { codeOf } from './fault.ts';
import { RefreshSessionDocument } from './session.generated.ts';
import { type Sessions, openSessions } from './session.ts';

/** The door to the graph for one page. */
export interface Graph {
  sessions: Sessions;
  /** A client that remembers nothing yet; it sends the session's token, and renews it when it is refused. */
  openClient(): ApolloClient;
}

/** For operations of those who are not signed in yet. */
export const anonymous = { context: { isAnonymous: true } };

/** `key`: where the browser keeps the session, so that the game and the console may have one each. */
export function openGraph(key: string, cache: InMemoryCacheConfig): Graph {
  const renew = async (refreshToken: string) => {
    const { data } = await openClient().mutate({
      mutation: RefreshSessionDocument,
      variables: { refreshToken },
      ...anonymous,
    });
    return data!.session;
  };
  const sessions = openSessions(key, renew, (error) => codeOf(error) === 'UNAUTHENTICATED');
  const authorize = new SetContextLink(async (previous) => {
    if (previous['isAnonymous'] || previous['token']) return previous;
    return withToken(await sessions.accessToken());
  });
  const renewAndRepeat = new ErrorLink(({ error, operation, forward }) => {
    const { token, isRepeated } = operation.getContext() as { token?: string; isRepeated?: boolean };
    if (codeOf(error) !== 'UNAUTHENTICATED' || !token || isRepeated) return;
    return from(sessions.accessToken(token)).pipe(
      mergeMap((renewed) => {
        operation.setContext({ ...withToken(renewed), isRepeated: true });
        return forward(operation);
      }),
    );
  });
  const link = ApolloLink.from([authorize, renewAndRepeat, new HttpLink({ uri: '/graphql' })]);
  const openClient = () => new ApolloClient({ link, cache: new InMemoryCache(cache) });
  return { sessions, openClient };
}

const withToken = (token: string) => ({ token, headers: { authorization: `Bearer ${token}` } });
