import { join } from 'node:path';
import { Metadata, type ServiceError, credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { pascalCase, snakeCase } from '../../gateway/doors/grpc/proto/proto.ts';
import { loadOperations } from '../../gateway/operations/operations.ts';
import type { Data, Graph } from './graph.ts';

/** Calls named operations at every door that can carry them: what differs is the protocol alone. */

export const root = join(import.meta.dirname, '../..');
export const { byName, routes, grpc } = loadOperations(join(root, 'operations'));

/** What a door answers: the member that the call is about, or the code of the first error. */
export type Answer = { value: Data } | { code: string };
export type Door = (call: string, variables: Record<string, unknown>, token: string | undefined) => Promise<Answer>;

/** Opened by the committed file, as any client of it would. Close it in the end. */
export function openGrpcClient(graph: Graph): Data {
  const file = loadSync(join(root, 'proto/questline.proto'), { longs: Number, enums: String, defaults: true });
  const loaded = loadPackageDefinition(file) as Data;
  return new loaded.questline.v1.Questline(`127.0.0.1:${graph.grpcPort()}`, credentials.createInsecure());
}

const routeOf = (call: string) => routes.find(({ operation }) => operation.name === call)!;
const at = (data: Data, path: readonly string[]) => path.reduce((place, key) => place?.[key] ?? null, data);
const answerOf = (call: string, { data, errors }: Data): Answer => {
  const value = at(data, routeOf(call).answer);
  if (value !== null) return { value };
  return { code: errors?.[0]?.extensions?.code ?? 'NOT_FOUND' };
};

/** As the client of gRPC names fields. */
const camelCase = (name: string) => name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
export function camelized(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelized);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [camelCase(snakeCase(key)), camelized(one)]));
}

export type DoorName = 'post' | 'socket' | 'rest' | 'grpc';

export function doorsTo(graph: Graph, client: () => Data): Record<DoorName, Door> {
  const post: Door = async (call, variables, token) =>
    answerOf(call, await graph.ask(byName.get(call)!.text, variables, token));

  const socket: Door = async (call, variables, token) => {
    const door = createClient({
      url: graph.url().replace('http', 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      connectionParams: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
    try {
      for await (const result of door.iterate({ query: byName.get(call)!.text, variables }))
        return answerOf(call, result);
      throw new Error('no result came');
    } catch (error) {
      // A token that is none ends the socket with 4403, which is how this protocol says it.
      if ((error as { code?: number }).code === 4403) return { code: 'UNAUTHENTICATED' };
      if (Array.isArray(error)) return { code: error[0].extensions.code };
      throw error;
    } finally {
      await door.dispose();
    }
  };

  const rest: Door = async (call, variables, token) => {
    const { method, path, body, answer: _ } = routeOf(call);
    const left = { ...variables };
    const take = (name: string) => {
      const value = left[name];
      delete left[name];
      return value;
    };
    const key = take('idempotencyKey');
    const address = new URL(
      path.replaceAll(/\{([^}]+)\}/g, (_, name: string) => encodeURIComponent(String(take(name)))),
      graph.url(),
    );
    const hasBody = method !== 'GET' && method !== 'DELETE';
    if (!hasBody) for (const [name, value] of Object.entries(left)) address.searchParams.set(name, String(value));
    const response = await fetch(address, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(hasBody && { 'content-type': 'application/json' }),
        ...(key !== undefined && { 'idempotency-key': String(key) }),
      },
      ...(hasBody && { body: JSON.stringify(body === undefined ? left : left[body]) }),
    });
    const value = (await response.json()) as Data;
    return response.ok ? { value } : { code: value.code };
  };

  const grpcDoor: Door = (call, variables, token) => {
    const method = grpc!.names.names[call] ?? pascalCase(call);
    const metadata = new Metadata();
    if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
    return new Promise((resolve, reject) =>
      client()[method](camelized(variables), metadata, (error: ServiceError | null, answer: Data) => {
        if (!error)
          return resolve({
            value: at(
              answer,
              routeOf(call).answer.map((key) => camelCase(snakeCase(key))),
            ),
          });
        const [code] = error.metadata.get('error-code');
        return code === undefined ? reject(error) : resolve({ code: String(code) });
      }),
    );
  };

  return { post, socket, rest, grpc: grpcDoor };
}
