import { useMutation } from '@apollo/client/react';
import { Button, Checkbox, Code, Group, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Refused } from '../../alarm.tsx';
import { shownByHook } from '../../fault.ts';
import { Panel } from '../panel.tsx';
import { CreateWebhookDocument, type WebhookType } from './webhooks.generated.ts';

const types: readonly { value: WebhookType; label: string }[] = [
  { value: 'QUEST_COMPLETED', label: 'quest.completed: a player completed a quest' },
  { value: 'REWARD_CLAIMED', label: 'reward.claimed: a player claimed rewards' },
  { value: 'QUEST_PUBLISHED', label: 'quest.published: a version of a quest is in force' },
  { value: 'USER_DELETED', label: 'user.deleted: a player was deleted for good' },
];
const empty = { url: '', description: '', types: [] as string[] };

/** Has events sent to a further URL. */
export function NewWebhook({ made }: { made(signingKey: string): void }) {
  const [input, setInput] = useState(empty);
  const [create, { loading, error }] = useMutation(CreateWebhookDocument, {
    onCompleted({ createWebhook }) {
      setInput(empty);
      made(createWebhook.signingKey);
    },
  });
  const change = (changes: Partial<typeof empty>) => setInput({ ...input, ...changes });
  const store = () => create({ variables: { input: { ...input, types: input.types as WebhookType[] } } });
  return (
    <Panel title="A new webhook">
      <Stack gap="sm">
        <TextInput
          label="URL"
          description="https, on the public internet"
          value={input.url}
          onChange={(event) => change({ url: event.currentTarget.value })}
        />
        <TextInput
          label="Description"
          description="Whose it is, for operators"
          maxLength={200}
          value={input.description}
          onChange={(event) => change({ description: event.currentTarget.value })}
        />
        <Checkbox.Group label="Events" value={input.types} onChange={(chosen) => change({ types: chosen })}>
          <Stack gap="xs" mt="xs">
            {types.map(({ value, label }) => (
              <Checkbox key={value} value={value} label={label} />
            ))}
          </Stack>
        </Checkbox.Group>
        {error && <Refused error={error} />}
        <Group>
          <Button
            loading={loading}
            disabled={input.url === '' || input.types.length === 0}
            onClick={() => void store().catch(shownByHook)}
          >
            Register
          </Button>
        </Group>
      </Stack>
    </Panel>
  );
}

/** The key of a webhook, the one time that it is told. */
export const TheKey = ({ signingKey, putAway }: { signingKey: string; putAway(): void }) => (
  <Panel title="The signing key">
    <Stack gap="xs" role="status">
      <Text>The receiver verifies signatures by it. It is shown this once.</Text>
      <Code block tabIndex={0}>
        {signingKey}
      </Code>
      <Group>
        <Button size="xs" variant="default" onClick={putAway}>
          I have it
        </Button>
      </Group>
    </Stack>
  </Panel>
);
