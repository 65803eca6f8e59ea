import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Metadata, credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { freePort } from '../../local/ports.ts';
import { until } from '../../shared/testing/harness.ts';
import { type TestGraph, gatewaySecret, keys, startTestGraph, supergraphFile, tokenFor } from './graph.ts';

/** One suite for each door that streams: a gateway is killed again and again, and its readers go on by the cursor of the last event they saw. */

interface Event {
  cursor: string;
  number: number;
}
/** Reads behind a cursor until the stream breaks. */
type Read = (after: string, onEvent: (event: Event) => void) => Promise<void>;

const root = join(import.meta.dirname, '../..');
const authorization = tokenFor('ada', 600);
let graph: TestGraph;
let ports: { http: number; grpc: number };
let gateway: ChildProcess;
/** What a gateway asks of auth: its keys, and which sessions have ended. */
const auth = createServer(({ url = '/' }, response) => {
  const answer = (value: unknown) => response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
  const none = { ended: [], asOf: new Date(0).toISOString(), forgetBefore: new Date(0).toISOString() };
  if (url.includes('since=')) return void setTimeout(() => answer(none), 1000).unref();
  void keys('test').then((key) => {
    const jwk = { ...key!.export({ format: 'jwk' }), kid: 'test', alg: 'ES256', use: 'sig' };
    answer({ ...none, keys: [jwk] });
  });
});

async function killGateway(): Promise<void> {
  const ended = once(gateway, 'exit');
  gateway.kill('SIGKILL');
  await ended;
}

async function startGateway(): Promise<void> {
  const routing = Object.entries(graph.subgraphs).map(([name, { url }]) => [`ROUTING_URL_${name.toUpperCase()}`, url]);
  gateway = spawn(process.execPath, ['gateway/main.ts'], {
    cwd: root,
    stdio: 'ignore',
    env: {
      ...(Object.fromEntries(routing) as Record<string, string>),
      ...{ SUPERGRAPH: supergraphFile, GATEWAY_SECRET: gatewaySecret, OPERATIONS: 'gateway/test/operations' },
      ...{ PORT: String(ports.http), GRPC_PORT: String(ports.grpc) },
      JWKS_URL: `http://127.0.0.1:${(auth.address() as AddressInfo).port}/`,
    },
  });
  const isReady = () => fetch(`http://127.0.0.1:${ports.http}/ready`).then(({ ok }) => ok);
  await until(() => isReady().catch(() => false), 'the gateway serves');
}

beforeAll(async () => {
  graph = await startTestGraph();
  ports = { http: await freePort(), grpc: await freePort() };
  await new Promise<void>((resolve) => auth.listen(0, '127.0.0.1', resolve));
  await startGateway();
});
afterAll(async () => {
  gateway.kill('SIGKILL');
  auth.closeAllConnections();
  await new Promise((resolve) => auth.close(resolve));
  await graph.stop();
});

const query = 'subscription ($after: String) { told(after: $after) { cursor number } }';
const doors: Record<string, Read> = {
  async 'a websocket, by the argument `after`'(after, onEvent) {
    const url = `ws://127.0.0.1:${ports.http}/graphql`;
    const client = createClient({
      url,
      webSocketImpl: WebSocket,
      connectionParams: { authorization },
      retryAttempts: 0,
    });
    for await (const { data } of client.iterate({ query, variables: { after } }))
      onEvent((data as { told: Event }).told);
  },
  async 'REST, by Last-Event-ID'(after, onEvent) {
    const headers = { authorization, 'last-event-id': after };
    const { body } = await fetch(`http://127.0.0.1:${ports.http}/told`, { headers });
    let text = '';
    for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
      const blocks = (text + chunk).split('\n\n');
      text = blocks.pop()!;
      for (const block of blocks) {
        const [, data] = /^data: (\{.*\})$/m.exec(block) ?? [];
        if (data) onEvent(JSON.parse(data) as Event);
      }
    }
  },
  'gRPC, by the field `after`': (after, onEvent) => {
    const client = openPeople();
    const metadata = new Metadata();
    metadata.set('authorization', authorization);
    const stream = client.Listen({ after }, metadata);
    return new Promise<void>((resolve, reject) => {
      stream.on('data', (message) => onEvent((message as { told: Event }).told));
      stream.on('error', reject);
      stream.on('end', resolve);
    }).finally(() => client.close());
  },
};

interface People {
  Listen(request: object, metadata: Metadata): NodeJS.ReadableStream;
  close(): void;
}

/** As a client sees the service that `gateway/test/operations` makes. */
function openPeople(): People {
  const field = (type: string, id: number) => ({ type, id });
  const definition = fromJSON({
    nested: {
      test: {
        nested: {
          v1: {
            nested: {
              ListenRequest: { fields: { after: field('string', 1) } },
              Told: { fields: { cursor: field('string', 1), number: field('int32', 2) } },
              ListenResponse: { fields: { told: field('Told', 1) } },
              People: {
                methods: {
                  Listen: {
                    requestType: 'ListenRequest',
                    responseType: 'ListenResponse',
                    responseStream: true,
                    comment: '',
                  },
                },
              },
            },
          },
        },
      },
    },
  });
  const loaded = loadPackageDefinition(definition) as unknown as {
    test: { v1: { People: new (...given: unknown[]) => People } };
  };
  return new loaded.test.v1.People(`127.0.0.1:${ports.grpc}`, credentials.createInsecure());
}

test('nothing is lost at any door, however often the gateway is killed', async () => {
  const from = graph.tellings.cursorOf('ada');
  const total = 60;
  const readers = Object.entries(doors).map(([name, read]) => ({ name, read, last: from, heard: new Set<number>() }));
  const isWhole = ({ heard }: (typeof readers)[0]) => heard.size >= total;
  const reading = readers.map(async (reader) => {
    const onEvent = ({ cursor, number }: Event) => {
      reader.last = cursor;
      reader.heard.add(number);
    };
    while (!isWhole(reader)) {
      await reader.read(reader.last, onEvent).catch(() => undefined);
      await sleep(50);
    }
  });
  const tell = () => graph.tellings.tell('ada', 't1');
  for (const kill of [1, 2, 3]) {
    for (let n = 0; n < 10; n++) tell();
    await until(() => readers.every(({ heard }) => heard.size >= 20 * (kill - 1) + 10), 'every reader keeps up');
    tell();
    await killGateway();
    for (let n = 0; n < 9; n++) tell();
    await startGateway();
  }
  await until(() => readers.every(isWhole), 'every reader has heard all');
  await killGateway(); // the readers have what they want, and hear the end of their streams
  await Promise.all(reading);
  const all = Array.from({ length: total }, (_, n) => n + 1);
  for (const { name, heard } of readers) expect([name, [...heard]]).toEqual([name, all]);
});
