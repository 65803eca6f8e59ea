import { Badge, Group, Paper, Progress, Stack, Text, Title } from '@mantine/core';
import { CalendarStrip } from '../calendarStrip.tsx';
import { instantInWords, missingInWords } from '../words.ts';
import type { StandingQuery } from './operations.generated.ts';
import { Rewards } from './rewards.tsx';

type Standing = NonNullable<StandingQuery['me']>['quests'][number];

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

function QuestCard({ standing, timeZone }: { standing: Standing; timeZone: string }) {
  const { quest, streak, completions, remaining, resetsAt, periods } = standing;
  const isDone = remaining === 0;
  return (
    <Paper
      component="article"
      withBorder
      p="md"
      radius="lg"
      aria-label={quest.title}
      data-done={isDone || undefined}
      className="quest"
    >
      <Group justify="space-between" align="flex-start" gap="xs">
        <Title order={3} size="h4">
          {quest.title}
        </Title>
        <Rewards rewards={quest.rewards} />
      </Group>
      <Text size="sm" c="dimmed" mt={2}>
        {quest.description}
      </Text>
      <Steps done={isDone ? quest.streak : streak} of={quest.streak} isDone={isDone} />
      {quest.period !== 'EVENT' && !isDone && (
        <CalendarStrip period={quest.period} periods={periods} timeZone={quest.timeZone ?? timeZone} />
      )}
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={600}>
          {isDone ? 'All done' : missingInWords(quest, remaining)}
        </Text>
        <Group gap="xs">
          {resetsAt && (
            <Text size="sm" c="dimmed">
              Resets {instantInWords(resetsAt, timeZone)}
            </Text>
          )}
          {quest.duplication > 1 || completions > 0 ? (
            <Badge variant="default" tt="none">
              {completions} of {quest.duplication} times
            </Badge>
          ) : null}
        </Group>
      </Group>
    </Paper>
  );
}

/** As many steps as fit on a phone; a bar beyond that. */
const mostSteps = 12;

function Steps({ done, of, isDone }: { done: number; of: number; isDone: boolean }) {
  const label = `${done} of ${of} done`;
  if (of > mostSteps)
    return (
      <Progress my="sm" size="lg" value={(100 * done) / of} color={isDone ? 'teal' : 'violet'} aria-label={label} />
    );
  return (
    <div role="img" aria-label={label} className="steps">
      {Array.from({ length: of }, (_, index) => (
        <span key={index} className="step" data-done={index < done || undefined} />
      ))}
    </div>
  );
}
