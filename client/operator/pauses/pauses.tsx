import { useMutation, useQuery } from '@apollo/client/react';
import { Button, Stack, Table, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { Refused } from '../../alarm.tsx';
import { shownByHook } from '../../fault.ts';
import { instantInWords, zoneHere } from '../../words.ts';
import { Compensations } from './compensations.tsx';
import { Pager, usePaging } from '../paging.tsx';
import { Empty, Panel, Pending, byKeyboard } from '../panel.tsx';
import { PauseAction } from './pauseAction.tsx';
import { EndPauseDocument, type PausedFragment, PausesDocument } from './pauses.generated.ts';

/** Vacations and outages: what is paused for whom, and what was made good. */
export function Pauses() {
  const paging = usePaging();
  const { data, previousData, error, refetch } = useQuery(PausesDocument, {
    variables: { after: paging.after },
    fetchPolicy: 'cache-and-network',
  });
  const pauses = (data ?? previousData)?.pauses;
  return (
    <Stack>
      <Title order={2}>Pauses</Title>
      <Panel title="Newest first" action={<PauseAction paused={refetch} />}>
        {!pauses || error ? (
          <Pending error={error} retry={refetch} />
        ) : pauses.nodes.length === 0 ? (
          <Empty>Nothing was paused yet. One quest is paused on its page, one player on the player’s.</Empty>
        ) : (
          <Table.ScrollContainer minWidth={640} scrollAreaProps={byKeyboard}>
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Quest</Table.Th>
                  <Table.Th>For</Table.Th>
                  <Table.Th>From</Table.Th>
                  <Table.Th>To</Table.Th>
                  <Table.Th>Reason</Table.Th>
                  <Table.Th>By</Table.Th>
                  <Table.Th aria-label="End" />
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {pauses.nodes.map((pause) => (
                  <Row key={pause.id} pause={pause} />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
        <Pager paging={paging} pageInfo={pauses?.pageInfo} />
      </Panel>
      <Compensations />
    </Stack>
  );
}

function Row({ pause }: { pause: PausedFragment }) {
  const { id, quest, user, startsAt, endsAt, reason, pausedBy } = pause;
  const [end, { error, loading }] = useMutation(EndPauseDocument, { variables: { id } });
  const isOver = endsAt !== null && new Date(endsAt) <= new Date();
  return (
    <Table.Tr>
      <Table.Td>{quest ? <Link href={`/quests/${quest.id}`}>{quest.title}</Link> : 'all'}</Table.Td>
      <Table.Td>{user ? <Link href={`/players/${user.id}`}>{user.displayName}</Link> : 'everybody'}</Table.Td>
      <Table.Td>{instantInWords(startsAt, zoneHere)}</Table.Td>
      <Table.Td>{endsAt ? instantInWords(endsAt, zoneHere) : 'until it is ended'}</Table.Td>
      <Table.Td>{reason}</Table.Td>
      <Table.Td>{pausedBy.displayName}</Table.Td>
      <Table.Td>
        {isOver ? (
          <Text size="sm" c="dimmed">
            over
          </Text>
        ) : (
          <Button size="xs" variant="default" loading={loading} onClick={() => void end().catch(shownByHook)}>
            End it now
          </Button>
        )}
        {error && <Refused error={error} />}
      </Table.Td>
    </Table.Tr>
  );
}
