import { useMutation, useQuery } from '@apollo/client/react';
import { Button, Group, SegmentedControl, Stack, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { Refused } from '../../alarm.tsx';
import { shownByHook } from '../../fault.ts';
import { momentInWords, zoneHere } from '../../words.ts';
import { Pager, usePaging } from '../paging.tsx';
import { Empty, Pending, byKeyboard } from '../panel.tsx';
import {
  ResendWebhookDeliveriesDocument,
  type SentFragment,
  WebhookDeliveriesDocument,
  type WebhookDeliveryState,
} from './webhooks.generated.ts';
import { typeInWords } from './webhooks.tsx';

const states = [
  { value: '', label: 'All' },
  { value: 'WAITING', label: 'Waiting' },
  { value: 'DELIVERED', label: 'Delivered' },
  { value: 'DEAD', label: 'Given up' },
];

/** What was sent to a webhook, or waits to be; what was given up can be sent again. */
export function WebhookHistory({ webhookId, changed }: { webhookId: string; changed(): void }) {
  const paging = usePaging();
  const [state, setState] = useState('');
  const { data, previousData, error, refetch } = useQuery(WebhookDeliveriesDocument, {
    variables: { webhookId, state: (state || null) as WebhookDeliveryState | null, after: paging.after },
    fetchPolicy: 'cache-and-network',
    pollInterval: 5000,
    skipPollAttempt: () => document.hidden,
  });
  const [resend, resending] = useMutation(ResendWebhookDeliveriesDocument, {
    onCompleted() {
      void refetch();
      changed();
    },
  });
  const again = (ids: string[] | null) => void resend({ variables: { webhookId, ids } }).catch(shownByHook);
  const sent = (data ?? previousData)?.webhookDeliveries;
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <SegmentedControl
          size="xs"
          aria-label="State"
          data={states}
          value={state}
          onChange={(chosen) => (setState(chosen), paging.restart())}
        />
        {state === 'DEAD' && (
          <Button size="xs" loading={resending.loading} onClick={() => again(null)}>
            Send all again
          </Button>
        )}
      </Group>
      {resending.error && <Refused error={resending.error} />}
      {!sent || error ? (
        <Pending error={error} retry={refetch} />
      ) : sent.nodes.length === 0 ? (
        <Empty>There is none.</Empty>
      ) : (
        <Table.ScrollContainer minWidth={640} scrollAreaProps={byKeyboard}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Event</Table.Th>
                <Table.Th>Player</Table.Th>
                <Table.Th>Happened</Table.Th>
                <Table.Th>Attempts</Table.Th>
                <Table.Th>Now</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {sent.nodes.map((one) => (
                <Row key={one.id} sent={one} again={() => again([one.id])} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <Pager paging={paging} pageInfo={sent?.pageInfo} />
    </Stack>
  );
}

function Row({ sent: { type, user, createdAt, attempts, ...sent }, again }: { sent: SentFragment; again(): void }) {
  return (
    <Table.Tr>
      <Table.Td>{typeInWords(type)}</Table.Td>
      <Table.Td>{user && <Link href={`/players/${user.id}`}>{user.displayName ?? user.id}</Link>}</Table.Td>
      <Table.Td>{momentInWords(createdAt, zoneHere)}</Table.Td>
      <Table.Td>{attempts}</Table.Td>
      <Table.Td>
        <Text size="sm">{standing(sent)}</Text>
        {sent.state === 'DEAD' && (
          <Button size="xs" variant="default" onClick={again}>
            Send again
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function standing({
  state,
  fault,
  nextTryAt,
  triedAt,
}: Pick<SentFragment, 'state' | 'fault' | 'nextTryAt' | 'triedAt'>) {
  if (state === 'DELIVERED') return `delivered ${momentInWords(triedAt!, zoneHere)}`;
  if (state === 'DEAD') return fault;
  return fault ? `${fault} Tried again ${momentInWords(nextTryAt!, zoneHere)}.` : 'waits';
}
