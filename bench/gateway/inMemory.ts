import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type DocumentNode, type GraphQLSchema, graphql } from 'graphql';

export interface Subgraph {
  typeDefs: DocumentNode;
  resolvers: object;
}

/**
 * Serves subgraphs at /NAME from memory. An equal request is executed once and then answered from its text, so that next to nothing of the
 * machine goes to them.
 */
export async function serveInMemory(subgraphs: Record<string, Subgraph>): Promise<string> {
  const schemas = new Map<string, GraphQLSchema>(
    Object.entries(subgraphs).map(([name, subgraph]) => [`/${name}`, buildSubgraphSchema(subgraph as never)]),
  );
  const answers = new Map<string, Buffer>();
  const answer = async (path: string, body: string): Promise<Buffer> => {
    const schema = schemas.get(path);
    if (!schema) throw new Error(`nothing is served at ${path}`);
    const { query, variables, operationName } = JSON.parse(body);
    const result = await graphql({ schema, source: query, variableValues: variables, operationName });
    if (result.errors) console.error(path, query, JSON.stringify(result.errors));
    return Buffer.from(JSON.stringify(result));
  };
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.url === '/v1/traces') return void response.end('{}');
      const body = (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString('latin1');
      const key = `${request.url} ${body}`;
      const send = (text: Buffer) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length });
        response.end(text);
      };
      const known = answers.get(key);
      if (known) return send(known);
      answer(request.url!, Buffer.from(body, 'latin1').toString('utf8')).then(
        (text) => {
          if (answers.size < 10_000) answers.set(key, text);
          send(text);
        },
        (error: Error) => response.writeHead(500).end(error.message),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
