import { LineChart } from '@mantine/charts';
import { useQuery } from '@apollo/client/react';
import { Paper, SimpleGrid, Text } from '@mantine/core';
import { ActivityDocument } from './overview.generated.ts';
import { Panel, Pending } from '../panel.tsx';

const series = [
  { name: 'signIns', label: 'Sign-ins', color: 'violet.6' },
  { name: 'events', label: 'Events', color: 'gray.6' },
  { name: 'completions', label: 'Completions', color: 'teal.7' },
  { name: 'payments', label: 'Payments', color: 'orange.7' },
] as const;

/** What happened today, and on the days before. */
export function Activity() {
  const { data, error, refetch } = useQuery(ActivityDocument, {
    fetchPolicy: 'cache-and-network',
    pollInterval: 30_000,
  });
  if (!data) return <Pending error={error} retry={refetch} />;
  const { activity } = data;
  return (
    <>
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
    </>
  );
}
