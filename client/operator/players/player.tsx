import { useLazyQuery, useQuery } from '@apollo/client/react';
import { Badge, Button, Group, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { Refused } from '../../alarm.tsx';
import { CalendarStrip } from '../../calendarStrip.tsx';
import { shownByHook } from '../../fault.ts';
import { amountInWords, instantInWords } from '../../words.ts';
import { DownloadEverything } from '../../everything.tsx';
import { Ban, Unban } from './ban.tsx';
import { DeletePlayer } from './deletePlayer.tsx';
import { Grant } from './grant.tsx';
import { ExplainDocument, PlayerDocument, type PlayerQuery } from '../operations.generated.ts';
import { Empty, Panel, Pending } from '../panel.tsx';
import { PauseAction } from '../pauses/pauseAction.tsx';
import { Events } from './playerEvents.tsx';

type Found = NonNullable<PlayerQuery['user']>;

/** One player: what the player sees, in the player's own time zone, and why it is so. */
export function Player({ id }: { id: string }) {
  const { data, error, refetch } = useQuery(PlayerDocument, { variables: { id }, fetchPolicy: 'cache-and-network' });
  if (!data) return <Pending error={error} retry={refetch} />;
  const { user } = data;
  if (!user)
    return (
      <Empty>There is no player with this id. Ids look like 3f2b8c1e-… and stand in the address of a player.</Empty>
    );
  return (
    <Stack>
      <Group justify="space-between">
        <Group gap="xs">
          <Title order={2}>{user.displayName}</Title>
          <Badge variant="default">{user.status}</Badge>
        </Group>
        <Group gap="xs">
          <DownloadEverything userId={user.id} />
          {user.status === 'BANNED' ? <Unban user={user} /> : <Ban user={user} />}
          <DeletePlayer user={user} />
        </Group>
      </Group>
      <Text size="sm" c="dimmed">
        signs in as {user.name} · {user.id} · {user.roles.join(', ').toLowerCase()} · since{' '}
        {instantInWords(user.createdAt, user.timeZone)} · times are in {user.timeZone}
      </Text>
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <Progress user={user} paused={refetch} />
        <Wallet user={user} />
      </SimpleGrid>
      <Grant user={user} granted={() => void refetch()} />
      <Completions user={user} />
      <Events user={user} />
    </Stack>
  );
}

function Progress({ user, paused }: { user: Found; paused(): unknown }) {
  return (
    <Panel title="Quests" action={<PauseAction user={user} paused={paused} />}>
      {user.quests.length === 0 && <Empty>No quest counts for this player.</Empty>}
      <Stack gap="sm">
        {user.quests.map(({ quest, streak, completions, remaining, resetsAt, periods }) => (
          <div key={quest.id}>
            <Group justify="space-between" gap="xs">
              <Link href={`/quests/${quest.id}`}>{quest.title}</Link>
              <Text size="sm">
                {remaining === 0 ? 'all done' : `${streak} of ${quest.streak}`} · completed {completions} of{' '}
                {quest.duplication} times
              </Text>
            </Group>
            {quest.period !== 'EVENT' && (
              <CalendarStrip period={quest.period} periods={periods} timeZone={quest.timeZone ?? user.timeZone} />
            )}
            {resetsAt && <Text size="sm">The streak is lost {instantInWords(resetsAt, user.timeZone)}.</Text>}
            <Explain userId={user.id} questId={quest.id} />
          </div>
        ))}
      </Stack>
    </Panel>
  );
}

function Explain(variables: { userId: string; questId: string }) {
  const [ask, { data, error, loading }] = useLazyQuery(ExplainDocument, { fetchPolicy: 'network-only' });
  if (error) return <Refused error={error} />;
  if (data?.explain) return <Text size="sm">{data.explain.text}</Text>;
  return (
    <Button
      variant="subtle"
      size="compact-xs"
      loading={loading}
      onClick={() => void ask({ variables }).catch(shownByHook)}
    >
      Why?
    </Button>
  );
}

function Wallet({ user: { wallet, timeZone } }: { user: Found }) {
  return (
    <Panel title="Ledger">
      <Text fw={600} mb="xs">
        {wallet.balances.map(({ item, quantity }) => amountInWords(item, quantity)).join(', ') || 'Owns nothing yet.'}
      </Text>
      {wallet.ledger.nodes.length === 0 ? (
        <Empty>Nothing was paid yet.</Empty>
      ) : (
        <Table.ScrollContainer minWidth={420}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>When</Table.Th>
                <Table.Th>For</Table.Th>
                <Table.Th className="number">Amount</Table.Th>
                <Table.Th className="number">Balance</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {wallet.ledger.nodes.map(({ id, item, amount, balance, createdAt, completion, grant }) => (
                <Table.Tr key={id}>
                  <Table.Td>{instantInWords(createdAt, timeZone)}</Table.Td>
                  <Table.Td>
                    {completion && `${completion.quest.title}, no. ${completion.number}`}
                    {grant && `Given: ${grant.reason}`}
                  </Table.Td>
                  <Table.Td className="number">{amountInWords(item, amount)}</Table.Td>
                  <Table.Td className="number">{balance.toLocaleString()}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Panel>
  );
}

function Completions({ user: { completions, timeZone } }: { user: Found }) {
  return (
    <Panel title="Completions">
      {completions.nodes.length === 0 ? (
        <Empty>This player has completed nothing yet.</Empty>
      ) : (
        <Table.ScrollContainer minWidth={520}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Quest</Table.Th>
                <Table.Th className="number">No.</Table.Th>
                <Table.Th className="number">Version</Table.Th>
                <Table.Th>Completed</Table.Th>
                <Table.Th>Claimed</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {completions.nodes.map(({ id, quest, number, questVersion, completedAt, claimedAt }) => (
                <Table.Tr key={id}>
                  <Table.Td>{quest.title}</Table.Td>
                  <Table.Td className="number">{number}</Table.Td>
                  <Table.Td className="number">{questVersion}</Table.Td>
                  <Table.Td>{instantInWords(completedAt, timeZone)}</Table.Td>
                  <Table.Td>{claimedAt ? instantInWords(claimedAt, timeZone) : 'not yet'}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Panel>
  );
}
