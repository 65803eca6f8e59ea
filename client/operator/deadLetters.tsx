import { useMutation, useQuery } from '@apollo/client/react';
import { Badge, Button, Code, Group, Stack, Text, Title } from '@mantine/core';
import { Refused } from '../alarm.tsx';
import { shownByHook } from '../fault.ts';
import { instantInWords, zoneHere } from '../words.ts';
import { Deed } from './deed.tsx';
import {
  DeadLettersDocument,
  type DeadLettersQuery,
  DiscardDeadLetterDocument,
  ReplayDeadLetterDocument,
} from './operations.generated.ts';
import { Pager, usePaging } from './paging.tsx';
import { Empty, Panel, Pending } from './panel.tsx';

type Letter = DeadLettersQuery['deadLetters']['nodes'][number];

/** Events that came and could not be applied, for an operator to try again or to give up. */
export function DeadLetters() {
  const paging = usePaging();
  const { data, previousData, error, refetch } = useQuery(DeadLettersDocument, {
    variables: { after: paging.after },
    fetchPolicy: 'cache-and-network',
    pollInterval: 10_000,
  });
  const letters = (data ?? previousData)?.deadLetters;
  return (
    <Stack>
      <Title order={2}>Dead letters</Title>
      {!letters || error ? (
        <Pending error={error} retry={refetch} />
      ) : letters.nodes.length === 0 ? (
        <Panel title="None">
          <Empty>Every event that came was applied. There is nothing to do here.</Empty>
        </Panel>
      ) : (
        letters.nodes.map((letter) => <LetterPanel key={letter.id} letter={letter} changed={() => void refetch()} />)
      )}
      <Pager paging={paging} pageInfo={letters?.pageInfo} />
    </Stack>
  );
}

function LetterPanel({ letter, changed }: { letter: Letter; changed(): void }) {
  const [replay, { data, loading, error }] = useMutation(ReplayDeadLetterDocument, {
    variables: { id: letter.id },
    onCompleted: changed,
  });
  return (
    <Panel
      title={`From ${letter.source}`}
      action={
        <Group gap="xs">
          <Button size="xs" loading={loading} onClick={() => void replay().catch(shownByHook)}>
            Try now
          </Button>
          <Discard letter={letter} changed={changed} />
        </Group>
      }
    >
      <Stack gap="xs">
        {error && <Refused error={error} />}
        {data?.replayDeadLetter === false && <Text role="status">It failed again.</Text>}
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
    </Panel>
  );
}

function Discard({ letter: { id }, changed }: { letter: Letter; changed(): void }) {
  const [discard, { error }] = useMutation(DiscardDeadLetterDocument, { onCompleted: changed });
  return (
    <Deed
      words={{ open: 'Give up', leave: 'Keep it', confirm: 'Give it up' }}
      title="Give this event up for good?"
      error={error}
      looks={{ size: 'xs' }}
      act={(reason) => discard({ variables: { id, reason } })}
    >
      <Text>It will never be applied. The log keeps what it was, and the audit log who decided, and why.</Text>
    </Deed>
  );
}
