import { randomUUID } from 'node:crypto';
import { type IncomingHttpHeaders, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { localCarrier } from '../../../shared/delivery/carrierLocal.ts';
import type { EventEnvelope } from '../../../shared/events.ts';
import { until } from '../../../shared/testing/harness.ts';
import { tokenFor } from '../../../shared/testing/tokens.ts';
import { type Sender, defined, openSender, stageForTests } from './stage.ts';
import { questTerms } from './terms.ts';

export const operatorId = randomUUID();
export const operator = tokenFor({ id: operatorId, roles: ['OPERATOR'] });
const fields = `id url types enabled disabledFor failingSince lastFault waiting deadLetters previousKeyUntil`;

export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Progress with its webhooks, a target that keeps what it receives, and what an operator and a player do; for one describe. */
export function webhookStage() {
  const carrier = localCarrier();
  const stage = stageForTests(carrier, { allowPrivate: true, pauses: [20, 20, 20], restMs: 10, everyMs: 20 });
  const received: Received[] = [];
  /** By path, what is answered; 200 unless said. */
  const answers = new Map<string, (request: Received) => number>();
  const target = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      const one = { path: request.url!, headers: request.headers, body };
      received.push(one);
      response.writeHead(answers.get(one.path)?.(one) ?? 200).end();
    });
  });
  let senders: Record<'auth' | 'catalog', Sender>;
  let address: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(target.address() as AddressInfo).port}`;
    senders = { auth: await openSender('auth', carrier), catalog: await openSender('catalog', carrier) };
    await senders.catalog.send(defined(quest));
    await until(() => stage.count('quest').then((n) => n === 1), 'the quest');
  });
  afterAll(async () => {
    for (const sender of Object.values(senders)) await sender.stop();
    target.closeAllConnections();
    await new Promise((resolve) => target.close(resolve));
  });

  const quest = questTerms({ streak: 1, duplication: 100, startsAt: '2026-01-01T00:00:00.000Z' });
  const done = async (query: string, variables: object = {}, token = operator) => {
    const { data, code, message } = await stage.ask(query, variables, token);
    if (code) throw new Error(`${code}: ${message}`);
    return data;
  };
  /** A webhook with a path of its own. */
  const register = async (types: string[]) => {
    const path = `/${randomUUID()}`;
    const { createWebhook } = await done(
      `mutation ($input: WebhookInput!) { createWebhook(input: $input) { signingKey webhook { id } } }`,
      { input: { url: address + path, types } },
    );
    const { id } = createWebhook.webhook as { id: string };
    const at = () => received.filter((one) => one.path === path);
    const webhook = async () =>
      (await done(`{ webhooks { ${fields} } }`)).webhooks.find((one: { id: string }) => one.id === id);
    const remove = () => done('mutation ($id: ID!) { deleteWebhook(id: $id, reason: "it is over") }', { id });
    return { id, path, key: createWebhook.signingKey as string, at, webhook, remove };
  };
  type Registered = Awaited<ReturnType<typeof register>>;
  const verified = (key: string, { body, headers }: Received) =>
    new Webhook(key).verify(body, headers as Record<string, string>) as {
      type: string;
      timestamp: string;
      data: object;
    };
  const deliveries = async ({ id }: Registered, state: string | null = null) =>
    (
      await done(
        `query ($id: ID!, $state: WebhookDeliveryState) { webhookDeliveries(webhookId: $id, state: $state, first: 100) {
           nodes { id eventId type state attempts status fault body user { id } nextTryAt triedAt } } }`,
        { id, state },
      )
    ).webhookDeliveries.nodes;
  const completionsOf = (hook: Registered, userId: string) =>
    hook.at().filter(({ body }) => JSON.parse(body).data.userId === userId);
  const numbersOf = (hook: Registered, userId: string): number[] =>
    completionsOf(hook, userId).map(({ body }) => JSON.parse(body).data.number);
  return {
    ...{ stage, received, answers, quest },
    send: {
      auth: (...events: EventEnvelope[]) => senders.auth.send(...events),
      catalog: (...events: EventEnvelope[]) => senders.catalog.send(...events),
    },
    ...{ done, register, verified, deliveries, completionsOf, numbersOf },
  };
}
