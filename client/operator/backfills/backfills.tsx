import { useMutation, useQuery } from '@apollo/client/react';
import { Badge, Button, Group, Stack, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { Refused } from '../../alarm.tsx';
import { shownByHook } from '../../fault.ts';
import { instantInWords, zoneHere } from '../../words.ts';
import {
  BackfillsDocument,
  type JobFragment,
  PauseBackfillDocument,
  ResumeBackfillDocument,
  StopBackfillDocument,
} from './backfills.generated.ts';
import { Pager, usePaging } from '../paging.tsx';
import { Empty, Panel, Pending } from '../panel.tsx';

/** What publishing quests does with the past, for an operator to watch, to hold and to end. */
export function Backfills() {
  const paging = usePaging();
  const { data, previousData, error, refetch } = useQuery(BackfillsDocument, {
    variables: { after: paging.after },
    fetchPolicy: 'cache-and-network',
    pollInterval: 2000,
  });
  const jobs = (data ?? previousData)?.backfills;
  return (
    <Stack>
      <Title order={2}>Backfills</Title>
      <Panel title="Jobs">
        {!jobs || error ? (
          <Pending error={error} retry={refetch} />
        ) : jobs.nodes.length === 0 ? (
          <Empty>No quest was published with a backfill yet.</Empty>
        ) : (
          <Stack gap="xl">
            {jobs.nodes.map((job) => (
              <Job key={job.id} job={job} />
            ))}
          </Stack>
        )}
        <Pager paging={paging} pageInfo={jobs?.pageInfo} />
      </Panel>
    </Stack>
  );
}

const states: Record<JobFragment['state'], string> = {
  RUNNING: 'running',
  PAUSED: 'waits',
  STOPPED: 'stopped',
  DONE: 'done',
  FAILED: 'failed',
  REFUSED: 'refused: it would have paid too much',
};
const modes: Record<JobFragment['mode'], string> = {
  SILENT: 'pays without popups',
  NOTIFY: 'pays and shows popups',
  PREVIEW: 'only counts',
};

function Job({ job }: { job: JobFragment }) {
  const { id, state, players, events, eventsPerSecond, completions, payout } = job;
  const variables = { id };
  const [pause, paused] = useMutation(PauseBackfillDocument, { variables });
  const [resume, resumed] = useMutation(ResumeBackfillDocument, { variables });
  const [stop, stopped] = useMutation(StopBackfillDocument, { variables });
  const refused = paused.error ?? resumed.error ?? stopped.error;
  const button = (word: string, act: () => Promise<unknown>) => (
    <Button size="xs" variant="default" onClick={() => void act().catch(shownByHook)}>
      {word}
    </Button>
  );
  const paid = payout.map(({ item, quantity }) => `${quantity.toLocaleString()} ${item}`).join(', ');
  return (
    <Stack gap="xs" component="section" aria-label={`Backfill of ${job.quest.title}`}>
      <Group justify="space-between">
        <Group gap="xs">
          <Title order={4} size="h5">
            <Link href={`/quests/${job.quest.id}`}>{job.quest.title}</Link>, version {job.version}
          </Title>
          <Badge variant="default" tt="none">
            {states[state]}
          </Badge>
        </Group>
        <Group gap="xs">
          {state === 'RUNNING' && button('Hold', pause)}
          {(state === 'PAUSED' || state === 'FAILED') && button('Go on', resume)}
          {['RUNNING', 'PAUSED', 'FAILED'].includes(state) && button('Stop', stop)}
        </Group>
      </Group>
      {refused && <Refused error={refused} />}
      {job.error && <Text c="red.8">{job.error}</Text>}
      <Text>
        {players.toLocaleString()} players, {events.toLocaleString()} events, {eventsPerSecond.toLocaleString()} a
        second; {completions.toLocaleString()} completions{paid && `, ${paid}`}
      </Text>
      <Text size="sm" c="dimmed">
        {job.isCounting && state === 'RUNNING' ? 'counts first what it would pay' : modes[job.mode]} · since{' '}
        {instantInWords(job.createdAt, zoneHere)}
      </Text>
    </Stack>
  );
}
