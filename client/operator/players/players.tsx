import { useQuery } from '@apollo/client/react';
import { Stack, Table, TextInput, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { Link } from 'wouter';
import { instantInWords, zoneHere } from '../../words.ts';
import { PlayersDocument } from '../operations.generated.ts';
import { Pager, usePaging } from '../paging.tsx';
import { Empty, Panel, Pending } from '../panel.tsx';

/** Everybody, by the beginning of a name or by an id. */
export function Players() {
  const paging = usePaging();
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed.trim(), 150);
  const { data, previousData, error, refetch } = useQuery(PlayersDocument, {
    variables: { search, after: paging.after },
    fetchPolicy: 'cache-and-network',
  });
  const users = (data ?? previousData)?.users;
  return (
    <Stack>
      <Title order={2}>Players</Title>
      <Panel
        title="Find a player"
        action={
          <TextInput
            aria-label="Name or id"
            placeholder="Beginning of a name, or an id"
            size="xs"
            w={280}
            value={typed}
            onChange={(event) => {
              paging.restart();
              setTyped(event.currentTarget.value);
            }}
          />
        }
      >
        {!users || error ? (
          <Pending error={error} retry={refetch} />
        ) : users.nodes.length === 0 ? (
          <Empty>No name begins like this, and it is nobody&apos;s id.</Empty>
        ) : (
          <Table.ScrollContainer minWidth={640}>
            <Table highlightOnHover>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Player</Table.Th>
                  <Table.Th>Signs in as</Table.Th>
                  <Table.Th>Status</Table.Th>
                  <Table.Th>Time zone</Table.Th>
                  <Table.Th>Since</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {users.nodes.map(({ id, name, displayName, status, timeZone, createdAt }) => (
                  <Table.Tr key={id}>
                    <Table.Td>
                      <Link href={`/players/${id}`}>{displayName}</Link>
                    </Table.Td>
                    <Table.Td>{name}</Table.Td>
                    <Table.Td>{status.toLowerCase()}</Table.Td>
                    <Table.Td>{timeZone}</Table.Td>
                    <Table.Td>{instantInWords(createdAt, zoneHere)}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
        <Pager paging={paging} pageInfo={users?.pageInfo} words={['Back', 'More']} />
      </Panel>
    </Stack>
  );
}
