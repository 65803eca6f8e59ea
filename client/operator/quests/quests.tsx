import { useQuery } from '@apollo/client/react';
import { Badge, Group, Stack, Switch, Table, TextInput, Title } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { QuestsDocument } from '../operations.generated.ts';
import { Pager, usePaging } from '../paging.tsx';
import { Empty, Panel, Pending } from '../panel.tsx';
import { countedInWords } from './period.ts';
import { GoTo } from '../goTo.tsx';

/** Every quest there is, newest first. */
export function Quests() {
  const paging = usePaging();
  const [trigger, setTrigger] = useState('');
  const [includeArchived, setIncludeArchived] = useState(false);
  const filter = { includeArchived, ...(trigger && { trigger }) };
  const { data, previousData, error, refetch } = useQuery(QuestsDocument, {
    variables: { after: paging.after, filter },
    fetchPolicy: 'cache-and-network',
  });
  const quests = (data ?? previousData)?.quests;
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={2}>Quests</Title>
        <Group gap="xs">
          <GoTo href="/quests/yaml" variant="default">
            YAML
          </GoTo>
          <GoTo href="/quests/new">New quest</GoTo>
        </Group>
      </Group>
      <Panel
        title="All quests"
        action={
          <Group>
            <TextInput
              aria-label="Event that counts"
              placeholder="Event, e.g. UserSignIn"
              size="xs"
              value={trigger}
              onChange={(event) => {
                paging.restart();
                setTrigger(event.currentTarget.value);
              }}
            />
            <Switch
              label="Archived too"
              size="xs"
              checked={includeArchived}
              onChange={(event) => {
                paging.restart();
                setIncludeArchived(event.currentTarget.checked);
              }}
            />
          </Group>
        }
      >
        {!quests || error ? (
          <Pending error={error} retry={refetch} />
        ) : quests.nodes.length === 0 ? (
          <Empty>{trigger ? 'No quest counts this event.' : 'There is no quest yet. Create the first one.'}</Empty>
        ) : (
          <Table.ScrollContainer minWidth={560}>
            <Table highlightOnHover>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Quest</Table.Th>
                  <Table.Th>Counts</Table.Th>
                  <Table.Th>Pays</Table.Th>
                  <Table.Th className="number">Version</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {quests.nodes.map((quest) => (
                  <Table.Tr key={quest.id}>
                    <Table.Td>
                      <Group gap="xs">
                        <Link href={`/quests/${quest.id}`}>{quest.title}</Link>
                        {quest.hidden && <Badge variant="default">hidden</Badge>}
                        {quest.archivedAt && <Badge variant="default">archived</Badge>}
                      </Group>
                    </Table.Td>
                    <Table.Td>{countedInWords(quest)}</Table.Td>
                    <Table.Td>
                      {quest.rewards.map(({ name }) => name).join(', ')}
                      {quest.autoClaim ? ', at once' : ''}
                    </Table.Td>
                    <Table.Td className="number">{quest.version}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
        <Pager paging={paging} pageInfo={quests?.pageInfo} />
      </Panel>
    </Stack>
  );
}
