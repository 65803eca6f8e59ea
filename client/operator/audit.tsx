import { useQuery } from '@apollo/client/react';
import { Code, Stack, Table, Title } from '@mantine/core';
import { Link } from 'wouter';
import { instantInWords, zoneHere } from '../words.ts';
import { AuditLogDocument } from './operations.generated.ts';
import { Pager, usePaging } from './paging.tsx';
import { Empty, Panel, Pending } from './panel.tsx';

/** What operators did to users, and what others tried to. */
export function Audit() {
  const paging = usePaging();
  const { data, previousData, error, refetch } = useQuery(AuditLogDocument, {
    variables: { after: paging.after },
    fetchPolicy: 'cache-and-network',
  });
  const log = (data ?? previousData)?.auditLog;
  return (
    <Stack>
      <Title order={2}>Audit log</Title>
      <Panel title="Newest first">
        {!log || error ? (
          <Pending error={error} retry={refetch} />
        ) : log.nodes.length === 0 ? (
          <Empty>Nothing was done that is kept here. Banning somebody would be the first entry.</Empty>
        ) : (
          <Table.ScrollContainer minWidth={640}>
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>When</Table.Th>
                  <Table.Th>What</Table.Th>
                  <Table.Th>By</Table.Th>
                  <Table.Th>To</Table.Th>
                  <Table.Th>Request</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {log.nodes.map(({ id, occurredAt, action, outcome, actorId, targetId, requestId }) => (
                  <Table.Tr key={id}>
                    <Table.Td>{instantInWords(occurredAt, zoneHere)}</Table.Td>
                    <Table.Td>
                      {action.toLowerCase().replaceAll('_', ' ')}
                      {outcome === 'REFUSED' && ', refused'}
                    </Table.Td>
                    <Table.Td>
                      <Person id={actorId} />
                    </Table.Td>
                    <Table.Td>
                      <Person id={targetId} />
                    </Table.Td>
                    <Table.Td>
                      <Code>{requestId.slice(0, 8)}</Code>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
        <Pager paging={paging} pageInfo={log?.pageInfo} />
      </Panel>
    </Stack>
  );
}

const Person = ({ id }: { id: string | null | undefined }) =>
  id ? <Link href={`/players/${id}`}>{id.slice(0, 8)}</Link> : <>nobody</>;
