import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Metadata, credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { Ajv } from 'ajv';
import type { Data, Graph } from '../../local/test/graph.ts';

const folderOf = (guest: string) => join(import.meta.dirname, '..', guest, 'operations');

/** Calls a method over gRPC by the committed file of a guest. */
export async function callByGrpc(graph: Graph, guest: string, method: string, request: object, token: string) {
  const file = loadSync(join(folderOf(guest), 'operations.proto'), { keepCase: true, longs: Number, enums: String });
  const loaded = loadPackageDefinition(file) as Data;
  const client = new loaded.questline.v1.Questline(`127.0.0.1:${graph.grpcPort()}`, credentials.createInsecure());
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  return new Promise<Data>((resolve, reject) =>
    client[method](request, metadata, (error: Error | null, answer: Data) => (error ? reject(error) : resolve(answer))),
  ).finally(() => client.close());
}

/** What an answer over REST has that the committed OpenAPI document of a guest does not promise; empty when it is as promised. */
export async function unpromised(guest: string, operationId: string, response: Response): Promise<unknown[]> {
  const document = JSON.parse(readFileSync(join(folderOf(guest), 'openapi.json'), 'utf8')) as Data;
  const operation = Object.values<Data>(document.paths)
    .flatMap((methods) => Object.values<Data>(methods))
    .find((one) => one.operationId === operationId);
  const { content } = operation.responses[response.status] ?? operation.responses.default;
  const type = response.headers.get('content-type')!.split(';')[0]!;
  const schema: Data = content[type]?.schema;
  if (!schema) return [`${operationId} answers no ${type}`];
  const ajv = new Ajv({ strict: false, validateFormats: false });
  const isPromised = ajv.compile({ ...schema, components: document.components });
  return isPromised(await response.json()) ? [] : isPromised.errors!;
}
