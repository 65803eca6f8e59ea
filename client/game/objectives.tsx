import { Group, Progress, Text, VisuallyHidden } from '@mantine/core';
import { objectiveInWords } from '../words.ts';
import { Rewards } from './rewards.tsx';

interface Objective {
  name: string;
  value: number;
  target: number;
  done: boolean;
}

/** All that a quest asks for. `isAny`: one of them is enough. */
export function Objectives({ objectives, isAny }: { objectives: readonly Objective[]; isAny: boolean }) {
  return (
    <>
      {isAny && objectives.length > 1 && (
        <Text size="sm" c="dimmed" mt="xs">
          One of these is enough
        </Text>
      )}
      <ul className="objectives" aria-label="Objectives">
        {objectives.map(({ name, value, target, done }) => (
          <li key={name} data-done={done || undefined}>
            <Group justify="space-between" gap="xs" wrap="nowrap">
              <Text size="sm">{objectiveInWords(name)}</Text>
              <Text size="sm" className="amount">
                {done && '✓ '}
                {value.toLocaleString()} of {target.toLocaleString()}
              </Text>
            </Group>
            <Progress
              size="sm"
              value={(100 * Math.min(value, target)) / target}
              color={done ? 'teal' : 'violet'}
              aria-label={objectiveInWords(name)}
            />
          </li>
        ))}
      </ul>
    </>
  );
}

interface Step {
  target: number;
  rewards: readonly { id: string; name: string; item: string }[];
}

/** Parts of the way that pay by themselves. */
export function Ladder({ steps, value }: { steps: readonly Step[]; value: number }) {
  return (
    <ol className="ladder" aria-label="Steps on the way">
      {steps.map(({ target, rewards }) => {
        const isReached = value >= target;
        return (
          <li key={target} data-done={isReached || undefined}>
            <span className="ladder-target">
              <span aria-hidden>{isReached ? '✓' : ''}</span> {target.toLocaleString()}
            </span>
            <VisuallyHidden>{isReached ? 'reached' : 'not reached yet'}</VisuallyHidden>
            <Rewards rewards={rewards} />
          </li>
        );
      })}
    </ol>
  );
}
