import { useQuery } from '@apollo/client/react';
import { Anchor, Badge, Group, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { instantInWords, zoneHere } from '../../words.ts';
import { Empty, Panel, Pending } from '../panel.tsx';
import { WebhookActions } from './webhookActions.tsx';
import { WebhookHistory } from './webhookHistory.tsx';
import { NewWebhook, TheKey } from './newWebhook.tsx';
import { type RegisteredFragment, WebhooksDocument } from './webhooks.generated.ts';

export const typeInWords = (type: string) => type.toLowerCase().replace('_', '.');

const disablings = {
  OPERATOR: 'disabled by an operator',
  FAILING: 'disabled: it has failed for five days',
  GONE: 'disabled: its target says that it is gone',
};

/** Where events are sent: what waits, what has failed, and what was sent. */
export function Webhooks() {
  const { data, error, refetch } = useQuery(WebhooksDocument, {
    fetchPolicy: 'cache-and-network',
    pollInterval: 5000,
    skipPollAttempt: () => document.hidden,
  });
  // Told once: it stays on the page until it is put away.
  const [key, setKey] = useState<string>();
  const webhooks = data?.webhooks;
  const changed = () => void refetch();
  return (
    <Stack>
      <Title order={2}>Webhooks</Title>
      {key && <TheKey signingKey={key} putAway={() => setKey(undefined)} />}
      {!webhooks || error ? (
        <Panel title="Registered">
          <Pending error={error} retry={refetch} />
        </Panel>
      ) : (
        webhooks.map((webhook) => <Registered key={webhook.id} webhook={webhook} changed={changed} keyMade={setKey} />)
      )}
      {webhooks?.length === 0 && <Empty>Nothing is sent anywhere yet.</Empty>}
      <NewWebhook made={(signingKey) => (setKey(signingKey), changed())} />
    </Stack>
  );
}

interface Props {
  webhook: RegisteredFragment;
  changed(): void;
  keyMade(signingKey: string): void;
}

function Registered({ webhook, changed, keyMade }: Props) {
  const { url, description, types, disabledFor, failingSince, lastFault, previousKeyUntil, waiting, deadLetters } =
    webhook;
  const [isOpen, setOpen] = useState(false);
  return (
    <Panel title={description || url} action={<WebhookActions webhook={webhook} changed={changed} keyMade={keyMade} />}>
      <Stack gap="xs">
        {description && <Text>{url}</Text>}
        <Group gap="xs">
          {types.map((type) => (
            <Badge key={type} variant="default" tt="none">
              {typeInWords(type)}
            </Badge>
          ))}
        </Group>
        {disabledFor && <Text>{disablings[disabledFor]}</Text>}
        {lastFault && (
          <Text c="red.8" role="status">
            {lastFault}
            {failingSince && ` Failing since ${instantInWords(failingSince, zoneHere)}.`}
          </Text>
        )}
        <Text size="sm" c="dimmed">
          {waiting.toLocaleString('en')} waiting · {deadLetters.toLocaleString('en')} given up
          {previousKeyUntil && ` · signed by two keys until ${instantInWords(previousKeyUntil, zoneHere)}`}
        </Text>
        <Anchor component="button" type="button" size="sm" ta="left" onClick={() => setOpen(!isOpen)}>
          {isOpen ? 'Hide what was sent' : 'What was sent'}
        </Anchor>
        {isOpen && <WebhookHistory webhookId={webhook.id} changed={changed} />}
      </Stack>
    </Panel>
  );
}
