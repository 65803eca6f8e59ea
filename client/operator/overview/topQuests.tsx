import { BarChart } from '@mantine/charts';
import { useQuery } from '@apollo/client/react';
import { SimpleGrid, Table } from '@mantine/core';
import { Link } from 'wouter';
import { TopQuestsDocument } from './overview.generated.ts';
import { Empty, Panel, Pending } from '../panel.tsx';

/** The quests that were completed most often. */
export function TopQuests() {
  const { data, error, refetch } = useQuery(TopQuestsDocument, {
    fetchPolicy: 'cache-and-network',
    pollInterval: 30_000,
  });
  const stats = data?.questStats;
  return (
    <Panel title="Quests completed most">
      {!stats ? (
        <Pending error={error} retry={refetch} />
      ) : stats.length === 0 ? (
        <Empty>
          Nobody has completed a quest yet. <Link href="/quests/new">Create a quest</Link>, or sign in three times in{' '}
          <a href="/">the game</a>.
        </Empty>
      ) : (
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <BarChart
            h={stats.length * 48 + 40}
            data={stats.map(({ quest, completions, players }) => ({
              quest: quest.title,
              Completions: completions,
              Players: players,
            }))}
            dataKey="quest"
            orientation="vertical"
            yAxisProps={{ width: 130 }}
            xAxisProps={{ allowDecimals: false }}
            barProps={{ isAnimationActive: false }}
            series={[
              { name: 'Completions', color: 'violet.6' },
              { name: 'Players', color: 'cyan.6' },
            ]}
            withLegend
            barChartProps={{ accessibilityLayer: false }}
            role="img"
            aria-label="The table beside it as bars"
          />
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Quest</Table.Th>
                <Table.Th className="number">Completions</Table.Th>
                <Table.Th className="number">Players</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {stats.map(({ quest, completions, players }) => (
                <Table.Tr key={quest.id}>
                  <Table.Td>
                    <Link href={`/quests/${quest.id}`}>{quest.title}</Link>
                  </Table.Td>
                  <Table.Td className="number">{completions.toLocaleString()}</Table.Td>
                  <Table.Td className="number">{players.toLocaleString()}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </SimpleGrid>
      )}
    </Panel>
  );
}
