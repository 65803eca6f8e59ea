import { mkdtempSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { readConfiguration } from '../configuration/configuration.ts';
import type { GatewaySettings } from '../gatewaySettings.ts';
import { type Gateway, startGateway } from '../server.ts';
import { settingsOf } from '../settings.ts';
import { openSupply } from '../supergraph/supply.ts';

export interface PlainRequest {
  subgraph: string;
  /** As it was sent. */
  text: string;
  body: { query: string; variables?: Record<string, unknown> };
  request: IncomingMessage;
}

/** JSON text, or what answers by itself. */
export type PlainAnswer = (
  asked: PlainRequest,
  response: ServerResponse,
) => string | undefined | Promise<string | undefined>;

export interface PlainGraph {
  gateway: Gateway;
  url: string;
  socketUrl: string;
  /** Where the schema of a subgraph is. */
  schemaFile(subgraph: string): string;
  /** What the subgraphs were asked. */
  asked: PlainRequest[];
  /** Lines that the gateway logged. */
  logged: string[];
  stop(): Promise<void>;
}

/** A gateway as a file configures it, before subgraphs that answer texts: what is on the wire is what the test says. */
export async function startPlainGraph(
  schemas: Readonly<Record<string, string>>,
  answer: PlainAnswer,
  yaml = '',
  changes: Partial<GatewaySettings> = {},
): Promise<PlainGraph> {
  const asked: PlainRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = String(Buffer.concat(chunks));
      const one = { subgraph: request.url!.slice(1), text, body: JSON.parse(text) as PlainRequest['body'], request };
      asked.push(one);
      void Promise.resolve(answer(one, response)).then((given) => {
        if (given === undefined) return;
        response.writeHead(200, { 'content-type': 'application/json' }).end(given);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const folder = mkdtempSync(join(tmpdir(), 'plain-'));
  const entries = Object.entries(schemas).map(([name, sdl]) => {
    writeFileSync(join(folder, `${name}.graphql`), sdl);
    return `  ${name}: { routing_url: ${origin}/${name}, schema: { file: ./${name}.graphql } }\n`;
  });
  writeFileSync(join(folder, 'supergraph.yaml'), `subgraphs:\n${entries.join('')}`);
  const file = join(folder, 'gateway.yaml');
  writeFileSync(file, `supergraph: { file: ${join(folder, 'supergraph.yaml')} }\n${yaml}`);
  const configuration = readConfiguration({ file }, { PORT: '0' });
  const logged: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void logged.push(line) });
  const stopSubgraphs = () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections()));
  const supply = await openSupply(configuration, log);
  const starting = supply.serve((supergraph) =>
    startGateway({ ...settingsOf(configuration), supergraph, log, ...changes }),
  );
  await starting.catch(stopSubgraphs);
  const gateway = await starting;
  return {
    gateway,
    url: gateway.url,
    socketUrl: gateway.url.replace('http', 'ws'),
    schemaFile: (subgraph) => join(folder, `${subgraph}.graphql`),
    asked,
    logged,
    async stop() {
      supply.stop();
      await gateway.stop();
      await stopSubgraphs();
    },
  };
}
