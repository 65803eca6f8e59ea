import '@mantine/charts/styles.css';
import { Group, Stack, Title } from '@mantine/core';
import { Activity } from './activity.tsx';
import { DemoClock } from './demoClock.tsx';
import { Health } from './health.tsx';
import { TopQuests } from './topQuests.tsx';

/** How the game does, and how the system does. Each part asks for itself, so that one that gets no answer leaves the others alone. */
export default function Overview() {
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={2}>Overview</Title>
        <DemoClock />
      </Group>
      <Activity />
      <Health />
      <TopQuests />
    </Stack>
  );
}
