import { Badge, Group, Paper, Progress, Text, Title } from '@mantine/core';
import { CalendarStrip } from '../calendarStrip.tsx';
import { instantInWords, missingInWords } from '../words.ts';
import { Ladder, Objectives } from './objectives.tsx';
import type { StandingQuery } from './operations.generated.ts';
import { Rewards } from './rewards.tsx';

export type Standing = NonNullable<StandingQuery['me']>['quests'][number];

/** One quest: what it asks for and pays, how far the player has come, and what stands in the way. */
export function QuestCard({ standing, timeZone }: { standing: Standing; timeZone: string }) {
  const { quest, state, completions, resetsAt, periods } = standing;
  const isDone = state === 'DONE' || state === 'ENDED';
  return (
    <Paper
      component="article"
      withBorder
      p="md"
      radius="lg"
      aria-label={quest.title}
      data-done={isDone || undefined}
      data-state={state}
      className="quest"
    >
      <Group justify="space-between" align="flex-start" gap="xs">
        <Group gap="xs">
          <Title order={3} size="h4">
            {quest.title}
          </Title>
          {state in badges && (
            <Badge variant="default" tt="none">
              {badges[state]}
            </Badge>
          )}
        </Group>
        {quest.steps.length === 0 && <Rewards rewards={quest.rewards} />}
      </Group>
      <Text size="sm" c="dimmed" mt={2}>
        {quest.description}
      </Text>
      <Way standing={standing} isDone={isDone} />
      {periods.length > 0 && !isDone && (
        <CalendarStrip period={quest.period} periods={periods} timeZone={quest.timeZone ?? timeZone} />
      )}
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={600}>
          {nextInWords(standing, timeZone)}
        </Text>
        <Group gap="xs">
          {resetsAt && (
            <Text size="sm" c="dimmed">
              Resets {instantInWords(resetsAt, timeZone)}
            </Text>
          )}
          {quest.duplication > 1 || completions > 0 ? (
            <Badge variant="default" tt="none">
              {timesInWords(standing)}
            </Badge>
          ) : null}
        </Group>
      </Group>
    </Paper>
  );
}

const badges: Partial<Record<Standing['state'], string>> = { LOCKED: 'Locked', PAUSED: 'Paused', ENDED: 'Over' };

function nextInWords({ quest, state, lockedBy, remaining, nextResetAt }: Standing, timeZone: string): string {
  // What hidden quests lock is shown without their names.
  if (state === 'LOCKED' && lockedBy.length === 0) return 'Not open yet';
  if (state === 'LOCKED') return `Opens when you have completed ${lockedBy.map(({ title }) => title).join(' and ')}`;
  if (state === 'DONE' && nextResetAt) return `All done; begins anew ${instantInWords(nextResetAt, timeZone)}`;
  if (state === 'DONE' || state === 'ENDED') return state === 'DONE' ? 'All done' : 'It is over';
  const missing =
    quest.form === 'SIMPLE' ? missingInWords(quest, remaining) : `${remaining.toLocaleString()} more to go`;
  return state === 'PAUSED' ? `${missing}; no streak is lost meanwhile` : missing;
}

/** Of a quest that begins anew, how often in all; of others, how often of how many times. */
const timesInWords = ({ quest, completions }: Standing) =>
  quest.every || quest.steps.length > 0
    ? `completed ${completions.toLocaleString()} times`
    : `${completions} of ${quest.duplication} times`;

function Way({ standing: { quest, objectives, streak }, isDone }: { standing: Standing; isDone: boolean }) {
  const [first] = objectives;
  if (quest.steps.length > 0 && first)
    return <Ladder steps={quest.steps} value={isDone ? first.target : first.value} />;
  if (quest.form === 'OBJECTIVES') return <Objectives objectives={objectives} isAny={quest.completes === 'ANY'} />;
  return <Marks done={isDone ? quest.streak : streak} of={quest.streak} isDone={isDone} />;
}

/** As many as fit on a phone; a bar beyond that. */
const mostMarks = 12;

function Marks({ done, of, isDone }: { done: number; of: number; isDone: boolean }) {
  const label = `${done} of ${of} done`;
  if (of > mostMarks)
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
