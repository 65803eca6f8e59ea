import { Stack, Text, Title } from '@mantine/core';
import { QuestCard, type Standing } from './questCard.tsx';

/** Every quest, with what is done and what is missing. */
export function Quests({ progress, timeZone }: { progress: readonly Standing[]; timeZone: string }) {
  return (
    <Stack component="section" gap="sm" aria-labelledby="quests">
      <Title order={2} size="h3" id="quests">
        Quests
      </Title>
      {progress.length === 0 && <Text c="dimmed">There is no quest at the moment. Come back later.</Text>}
      {progress.map((standing) => (
        <QuestCard key={standing.quest.id} standing={standing} timeZone={timeZone} />
      ))}
    </Stack>
  );
}
