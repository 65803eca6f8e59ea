import { useMutation, useQuery } from '@apollo/client/react';
import { Badge, Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { Refused } from '../../alarm.tsx';
import { shownByHook } from '../../fault.ts';
import { randomKey } from '../../game/device.ts';
import { instantInWords, zoneHere } from '../../words.ts';
import { Empty, Panel, Pending } from '../panel.tsx';
import { CompensateDocument, type CompensatedFragment, CompensationsDocument } from './pauses.generated.ts';
import { Reason, isReason } from '../reason.tsx';
import { SpanFields, instantsOf, openSpan } from './span.tsx';

/** What outages have cost players, counted first and then made good. */
export function Compensations() {
  const { data, error, refetch } = useQuery(CompensationsDocument, {
    fetchPolicy: 'cache-and-network',
    pollInterval: 2000,
    skipPollAttempt: () => document.hidden,
  });
  const found = data?.compensations.nodes;
  return (
    <>
      <Outage started={refetch} />
      <Panel title="Compensations">
        {!found || error ? (
          <Pending error={error} retry={refetch} />
        ) : found.length === 0 ? (
          <Empty>No outage was made good yet.</Empty>
        ) : (
          <Stack gap="xl">
            {found.map((one) => (
              <Compensated key={one.id} compensation={one} />
            ))}
          </Stack>
        )}
      </Panel>
    </>
  );
}

function Outage({ started }: { started(): Promise<unknown> }) {
  const [span, setSpan] = useState(openSpan);
  const [reason, setReason] = useState('');
  // The same outage twice is one compensation; another one has another key.
  const [idempotencyKey, setKey] = useState(randomKey);
  const [compensate, { loading, error }] = useMutation(CompensateDocument);
  const { from, to } = instantsOf(span);
  const isWhole = from !== null && to !== null && isReason(reason);
  const start = async (dryRun: boolean) => {
    if (from === null || to === null) return;
    await compensate({ variables: { from, to, reason, dryRun, idempotencyKey } });
    await started();
  };
  const changed = <Value,>(set: (value: Value) => void) => {
    return (value: Value) => {
      setKey(randomKey());
      set(value);
    };
  };
  return (
    <Panel title="Make good an outage">
      <Stack gap="sm">
        <SpanFields span={span} change={changed(setSpan)} />
        <Reason reason={reason} change={changed(setReason)} />
        {error && <Refused error={error} />}
        <Group>
          <Button
            variant="default"
            loading={loading}
            disabled={!isWhole}
            onClick={() => void start(true).catch(shownByHook)}
          >
            Only count
          </Button>
          <Button loading={loading} disabled={!isWhole} onClick={() => void start(false).catch(shownByHook)}>
            Pause it for those harmed
          </Button>
        </Group>
      </Stack>
    </Panel>
  );
}

const states: Record<CompensatedFragment['state'], string> = { RUNNING: 'running', DONE: 'done', FAILED: 'failed' };

function Compensated({ compensation }: { compensation: CompensatedFragment }) {
  const { startsAt, endsAt, reason, isDryRun, state, players, streaks, quests, firstPlayers, error } = compensation;
  return (
    <Stack gap="xs" component="section" aria-label={`Compensation: ${reason}`}>
      <Group gap="xs">
        <Text fw={600}>{reason}</Text>
        <Badge variant="default" tt="none">
          {states[state]}
        </Badge>
        {isDryRun && (
          <Badge variant="default" tt="none">
            only counted
          </Badge>
        )}
      </Group>
      <Text size="sm" c="dimmed">
        {instantInWords(startsAt, zoneHere)} to {instantInWords(endsAt, zoneHere)}
      </Text>
      {error && <Text c="red.8">{error}</Text>}
      <Text>
        {players.toLocaleString()} players, {streaks.toLocaleString()} streaks
        {quests.map(({ quest, streaks: count }) => `; ${quest.title}: ${count.toLocaleString()}`)}
      </Text>
      {firstPlayers.length > 0 && (
        <Group gap="xs">
          {firstPlayers.map(({ id, displayName }) => (
            <Link key={id} href={`/players/${id}`}>
              {displayName}
            </Link>
          ))}
        </Group>
      )}
    </Stack>
  );
}
