import { useMutation } from '@apollo/client/react';
import { Group, Text } from '@mantine/core';
import { RecordedAction } from '../recordedAction.tsx';
import {
  DeleteWebhookDocument,
  type RegisteredFragment,
  RotateWebhookKeyDocument,
  UpdateWebhookDocument,
} from './webhooks.generated.ts';

interface Props {
  webhook: RegisteredFragment;
  changed(): void;
  keyMade(signingKey: string): void;
}

const looks = { size: 'xs' } as const;

/** What an operator may do with a webhook; all of it goes on record. */
export function WebhookActions({ webhook: { id, url, enabled }, changed, keyMade }: Props) {
  const [update, updating] = useMutation(UpdateWebhookDocument, { onCompleted: changed });
  const [rotate, rotating] = useMutation(RotateWebhookKeyDocument, {
    onCompleted({ rotateWebhookKey }) {
      keyMade(rotateWebhookKey.signingKey);
      changed();
    },
  });
  const [remove, removing] = useMutation(DeleteWebhookDocument, { onCompleted: changed });
  return (
    <Group gap="xs">
      <RecordedAction
        words={{
          open: enabled ? 'Disable' : 'Enable',
          leave: 'Leave it',
          confirm: enabled ? 'Disable it' : 'Enable it',
        }}
        title={`${enabled ? 'Disable' : 'Enable'} ${url}?`}
        error={updating.error}
        looks={looks}
        isGrave={enabled}
        act={(reason) => update({ variables: { id, input: { enabled: !enabled }, reason } })}
      >
        <Text>
          {enabled
            ? 'What waits is kept. Events that happen from now on are not sent to it, not even later.'
            : 'What waits is sent, and events from now on.'}
        </Text>
      </RecordedAction>
      <RecordedAction
        words={{ open: 'New key', leave: 'Leave it', confirm: 'Make it' }}
        title={`Make a new key for ${url}?`}
        error={rotating.error}
        looks={looks}
        isGrave={false}
        act={(reason) => rotate({ variables: { id, reason } })}
      >
        <Text>For 24 hours deliveries are signed by both keys, so that the receiver can change over.</Text>
      </RecordedAction>
      <RecordedAction
        words={{ open: 'Delete', leave: 'Keep it', confirm: 'Delete it' }}
        title={`Delete ${url}?`}
        error={removing.error}
        looks={looks}
        act={(reason) => remove({ variables: { id, reason } })}
      >
        <Text>Its history goes with it, and what waits is never sent.</Text>
      </RecordedAction>
    </Group>
  );
}
