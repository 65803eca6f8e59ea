import { useMutation, useQuery } from '@apollo/client/react';
import { Badge, Button, Code, Group, Stack, Text, Title } from '@mantine/core';
import { Refused } from '../alarm.tsx';
import { shownByHook } from '../fault.ts';
import { instantInWords, zoneHere } from '../words.ts';
import { RecordedAction } from './recordedAction.tsx';
import {
  AuthDeadLettersDocument,
  DeadLettersDocument,
  DiscardAuthDeadLetterDocument,
  DiscardDeadLetterDocument,
  type LettersFragment,
  ReplayAuthDeadLetterDocument,
  ReplayDeadLetterDocument,
} from './operations.generated.ts';
import { Pager, usePaging } from './paging.tsx';
import { Empty, Panel, Pending } from './panel.tsx';

/** Who keeps letters, what is asked there, and what it means that there are none. */
const progress = {
  name: 'progress',
  documents: { list: DeadLettersDocument, replay: ReplayDeadLetterDocument, discard: DiscardDeadLetterDocument },
  none: 'Every event that came was applied. There is nothing to do here.',
};
type Subgraph = typeof progress;
const auth: Subgraph = {
  name: 'auth',
  documents: {
    list: AuthDeadLettersDocument,
    replay: ReplayAuthDeadLetterDocument,
    discard: DiscardAuthDeadLetterDocument,
  },
  none: 'No audit entry that came waits to be stored.',
};

/** Events that came and could not be applied, for an operator to try again or to give up. */
export function DeadLetters() {
  return (
    <Stack>
      <Title order={2}>Dead letters</Title>
      <Letters subgraph={progress} />
      <Letters subgraph={auth} />
    </Stack>
  );
}

/** Each subgraph asks for itself, so that one that is away leaves the other's letters alone. */
function Letters({ subgraph }: { subgraph: Subgraph }) {
  const paging = usePaging();
  const { data, previousData, error, refetch } = useQuery(subgraph.documents.list, {
    variables: { after: paging.after },
    fetchPolicy: 'cache-and-network',
    pollInterval: 10_000,
  });
  const letters = (data ?? previousData)?.letters;
  return (
    <Panel title={`In ${subgraph.name}`}>
      {!letters || error ? (
        <Pending error={error} retry={refetch} />
      ) : letters.nodes.length === 0 ? (
        <Empty>{subgraph.none}</Empty>
      ) : (
        <Stack gap="xl">
          {letters.nodes.map((letter) => (
            <Letter key={letter.id} subgraph={subgraph} letter={letter} changed={() => void refetch()} />
          ))}
        </Stack>
      )}
      <Pager paging={paging} pageInfo={letters?.pageInfo} />
    </Panel>
  );
}

interface LetterProps {
  subgraph: Subgraph;
  letter: LettersFragment['nodes'][number];
  changed(): void;
}

function Letter({ subgraph, letter, changed }: LetterProps) {
  const [replay, { data, loading, error }] = useMutation(subgraph.documents.replay, {
    variables: { id: letter.id },
    onCompleted: changed,
  });
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Title order={4} size="h5">
          From {letter.source}
        </Title>
        <Group gap="xs">
          <Button size="xs" loading={loading} onClick={() => void replay().catch(shownByHook)}>
            Try now
          </Button>
          <Discard subgraph={subgraph} letter={letter} changed={changed} />
        </Group>
      </Group>
      {error && <Refused error={error} />}
      {data?.isApplied === false && <Text role="status">It failed again.</Text>}
      <Text>{letter.error}</Text>
      <Group gap="xs">
        <Badge variant="default" tt="none">
          {letter.attempts} attempts
        </Badge>
        <Text size="sm" c="dimmed">
          since {instantInWords(letter.firstFailedAt, zoneHere)} ·{' '}
          {letter.nextTryAt ? `tried again ${instantInWords(letter.nextTryAt, zoneHere)}` : 'waits for you'}
        </Text>
      </Group>
      <Code block tabIndex={0}>
        {letter.preview}
      </Code>
    </Stack>
  );
}

function Discard({ subgraph, letter: { id }, changed }: LetterProps) {
  const [discard, { error }] = useMutation(subgraph.documents.discard, { onCompleted: changed });
  return (
    <RecordedAction
      words={{ open: 'Give up', leave: 'Keep it', confirm: 'Give it up' }}
      title="Give this event up for good?"
      error={error}
      looks={{ size: 'xs' }}
      act={(reason) => discard({ variables: { id, reason } })}
    >
      <Text>It will never be applied. The log keeps what it was, and the audit log who decided, and why.</Text>
    </RecordedAction>
  );
}
