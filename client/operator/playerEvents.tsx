import { useQuery } from '@apollo/client/react';
import { Code, Table } from '@mantine/core';
import { instantInWords } from '../words.ts';
import { PlayerEventsDocument } from './operations.generated.ts';
import { Pager, usePaging } from './paging.tsx';
import { Empty, Panel, Pending } from './panel.tsx';

/** Everything that was recorded of a player, newest first, a page at a time. */
export function Events({ user: { id, timeZone } }: { user: { id: string; timeZone: string } }) {
  const paging = usePaging();
  const { data, previousData, error, refetch } = useQuery(PlayerEventsDocument, {
    variables: { id, after: paging.after },
    fetchPolicy: 'cache-and-network',
  });
  const events = (data ?? previousData)?.user?.events;
  return (
    <Panel title="Events">
      {!events ? (
        <Pending error={error} retry={refetch} />
      ) : events.nodes.length === 0 ? (
        <Empty>Nothing was recorded of this player.</Empty>
      ) : (
        <Table.ScrollContainer minWidth={520}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>When</Table.Th>
                <Table.Th>What</Table.Th>
                <Table.Th>From</Table.Th>
                <Table.Th>Data</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {events.nodes.map((event) => (
                <Table.Tr key={event.source + event.id}>
                  <Table.Td>{instantInWords(event.occurredAt, timeZone)}</Table.Td>
                  <Table.Td>{event.type}</Table.Td>
                  <Table.Td>{event.source}</Table.Td>
                  <Table.Td>{event.data ? <Code>{JSON.stringify(event.data)}</Code> : ''}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <Pager paging={paging} pageInfo={events?.pageInfo} />
    </Panel>
  );
}
