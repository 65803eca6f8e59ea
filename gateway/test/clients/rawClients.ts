/** What clients in other languages send, byte for byte, and the type that they get. */
export interface RawClient {
  name: string;
  headers: Record<string, string>;
  type: string;
  /** The payload of `connection_init`. */
  connectionParams(authorization: string): object;
}

export const rawClients: RawClient[] = [
  {
    name: 'Strawberry Shake (C#)',
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      Accept:
        'application/graphql-response+json; charset=utf-8, application/json; charset=utf-8, multipart/mixed; charset=utf-8',
    },
    type: 'application/graphql-response+json',
    connectionParams: (authorization) => ({ authorization }),
  },
  {
    name: 'Apollo iOS',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json',
      'apollographql-client-name': 'com.example.game-apollo-ios',
      'apollographql-client-version': '1.0-1',
      'X-APOLLO-OPERATION-NAME': 'Me',
      'X-APOLLO-OPERATION-TYPE': 'query',
    },
    type: 'application/graphql-response+json',
    connectionParams: (authorization) => ({ Authorization: authorization }),
  },
  {
    name: 'Apollo Kotlin',
    headers: {
      'content-type': 'application/json',
      accept: 'multipart/mixed;deferSpec=20220824, application/graphql-response+json, application/json',
      'x-apollo-operation-id': '4ab2e5a5c9c0b2a9',
      'x-apollo-operation-name': 'Me',
    },
    type: 'application/graphql-response+json',
    connectionParams: (authorization) => ({ headers: { Authorization: authorization } }),
  },
];
