import '@mantine/charts/styles.css';
import { BarChart, LineChart } from '@mantine/charts';
import { useQuery } from '@apollo/client/react';
import { Paper, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { OverviewDocument } from './operations.generated.ts';
import { Empty, Panel, Pending } from './panel.tsx';

const series = [
  { name: 'signIns', label: 'Sign-ins', color: 'violet.6' },
  { name: 'events', label: 'Events', color: 'gray.6' },
  { name: 'completions', label: 'Completions', color: 'teal.7' },
  { name: 'payments', label: 'Payments', color: 'orange.7' },
] as const;

/** How the game does. */
export default function Overview() {
  const { data, error, refetch } = useQuery(OverviewDocument, {
    fetchPolicy: 'cache-and-network',
    pollInterval: 30_000,
  });
  if (!data) return <Pending error={error} retry={refetch} />;
  const { activity, questStats: stats, questCacheStats: cache } = data;
  const asked = cache.hits + cache.misses;
  return (
    <Stack>
      <Title order={2}>Overview</Title>
      <SimpleGrid cols={{ base: 2, sm: 4 }}>
        {series.map(({ name, label }) => (
          <Paper key={name} withBorder p="md" radius="lg">
            <Text size="sm" c="dimmed">
              {label} today
            </Text>
            <Text size="xl" fw={650}>
              {activity.at(-1)![name].toLocaleString()}
            </Text>
          </Paper>
        ))}
      </SimpleGrid>
      <Panel title="The last two weeks, in days of UTC">
        <LineChart
          h={220}
          data={activity.map(({ day, ...counts }) => ({ day: day.slice(5), ...counts }))}
          dataKey="day"
          curveType="linear"
          yAxisProps={{ allowDecimals: false, width: 40 }}
          lineProps={{ isAnimationActive: false }}
          lineChartProps={{ accessibilityLayer: false }}
          series={[...series]}
          withLegend
          role="img"
          aria-label="Day by day; the figures of today stand above"
        />
      </Panel>
      <Panel title="Quests completed most">
        {stats.length === 0 ? (
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
      <Panel title="Cache of quests">
        <Text>
          {asked === 0
            ? 'Nothing was looked up since the catalog started.'
            : `${((100 * cache.hits) / asked).toFixed(1)} % of ${asked.toLocaleString()} look-ups were answered from the cache.`}
        </Text>
      </Panel>
    </Stack>
  );
}
