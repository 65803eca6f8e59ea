import { Button, Group, Paper, Skeleton, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Alarm } from '../alarm.tsx';
import { inWords } from '../fault.ts';

/** A titled part of a page. */
export function Panel({ title, action, children }: { title: string; action?: ReactNode; children: ReactNode }) {
  return (
    <Paper component="section" withBorder p="md" radius="lg" aria-label={title}>
      <Group justify="space-between" mb="sm">
        <Title order={3} size="h4">
          {title}
        </Title>
        {action}
      </Group>
      {children}
    </Paper>
  );
}

/** What stands where an answer will be: that it is coming, or why it does not come. */
export function Pending({ error, retry }: { error: unknown; retry(): Promise<unknown> }) {
  if (!error) return <Skeleton height={120} radius="md" role="progressbar" aria-label="Loading" />;
  return (
    <Alarm>
      <Group justify="space-between">
        {inWords(error)}
        <Button size="xs" variant="default" onClick={() => void retry().catch(() => {})}>
          Try again
        </Button>
      </Group>
    </Alarm>
  );
}

export const Empty = ({ children }: { children: ReactNode }) => <Text c="dimmed">{children}</Text>;

/** For what is scrolled sideways and has nothing to go to by the keyboard. */
export const byKeyboard = { viewportProps: { tabIndex: 0 } };

/** What is wrong with a part of a form, in the rules' own words. */
export const Faults = ({ told }: { told: readonly string[] }) =>
  told.length > 0 && (
    <Text c="red.8" size="sm" role="alert">
      {told.join(' ')}
    </Text>
  );
