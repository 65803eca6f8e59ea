/** What the clients of others send as `Accept`, for queries and mutations, and the type that they get. */
export const accepts: [client: string, accept: string | undefined, type: string][] = [
  ['a program that says nothing', undefined, 'application/json'],
  ['fetch', '*/*', 'application/json'],
  ['graphql-request', 'application/graphql-response+json, application/json', 'application/graphql-response+json'],
  ['Relay', 'application/json', 'application/json'],
  ['Apollo Client 3', '*/*', 'application/json'],
  ['Apollo Client 4', 'application/graphql-response+json,application/json;q=0.9', 'application/graphql-response+json'],
  [
    'urql',
    'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed',
    'application/graphql-response+json',
  ],
  [
    'Strawberry Shake',
    'application/graphql-response+json; charset=utf-8, application/json; charset=utf-8, multipart/mixed; charset=utf-8',
    'application/graphql-response+json',
  ],
  [
    'Apollo iOS',
    'multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json',
    'application/graphql-response+json',
  ],
  [
    'Apollo Kotlin',
    'multipart/mixed;deferSpec=20220824, application/graphql-response+json, application/json',
    'application/graphql-response+json',
  ],
  ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'application/json'],
  [
    'one that likes the old type better',
    'application/graphql-response+json;q=0.5, application/json',
    'application/json',
  ],
  ['one that likes events least', 'text/event-stream;q=0.1, application/json;q=0.2', 'application/json'],
  ['one that does not take the new type', 'application/graphql-response+json;q=0, */*', 'application/json'],
  [
    'one with parameters and qualities',
    'application/json;v="1,2";q=0.4 , */*;charset=x;q=0.5',
    'application/graphql-response+json',
  ],
  ['one that writes in capitals', 'Application/GraphQL-Response+JSON', 'application/graphql-response+json'],
];
