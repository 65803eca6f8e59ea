import { useQuery } from '@apollo/client/react';
import { Code, Table } from '@mantine/core';
import { Link } from 'wouter';
import { momentInWords } from '../../words.ts';
import { PlayerNameDocument } from './events.generated.ts';
import { byKeyboard } from '../panel.tsx';

export interface Listed {
  id: string;
  source: string;
  type: string;
  occurredAt: string;
  data?: unknown;
  /** Whose it is, where the list is of several players. */
  user?: { id: string; displayName?: string };
}

/** Events, one below the other. */
export function EventTable({ events, timeZone }: { events: readonly Listed[]; timeZone: string }) {
  const ofSeveral = events.some(({ user }) => user);
  return (
    <Table.ScrollContainer minWidth={ofSeveral ? 600 : 520} scrollAreaProps={byKeyboard}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>When</Table.Th>
            <Table.Th>What</Table.Th>
            {ofSeveral && <Table.Th>Player</Table.Th>}
            <Table.Th>From</Table.Th>
            <Table.Th>Data</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {events.map(({ id, source, type, occurredAt, data, user }) => (
            <Table.Tr key={`${source} ${id}`}>
              <Table.Td className="moment">{momentInWords(occurredAt, timeZone)}</Table.Td>
              <Table.Td>{type}</Table.Td>
              {user && (
                <Table.Td>
                  <PlayerLink {...user} />
                </Table.Td>
              )}
              <Table.Td title={source}>{source.replace(/(?<=^service:.{8}).*/, '…')}</Table.Td>
              <Table.Td>{data ? <Code className="data">{JSON.stringify(data)}</Code> : ''}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** What the graph calls somebody whom auth does not know. */
const nobody = '(unknown)';

/** A player by display name; by the beginning of the id when nobody is known by it. */
function PlayerLink({ id, displayName: name }: { id: string; displayName?: string }) {
  const { data } = useQuery(PlayerNameDocument, { variables: { id }, skip: name !== undefined });
  const shown = name ?? data?.user?.displayName ?? nobody;
  return <Link href={`/players/${id}`}>{shown === nobody ? id.slice(0, 8) : shown}</Link>;
}
