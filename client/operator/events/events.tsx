import { useQuery } from '@apollo/client/react';
import { Group, Stack, Switch, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { Alarm } from '../../alarm.tsx';
import type { Connection } from '../../live.ts';
import { zoneHere } from '../../words.ts';
import { Clear, FilterFields, useFiltering } from './eventFilter.tsx';
import { EventTable } from './eventTable.tsx';
import { type EventFilter, EventsDocument } from './events.generated.ts';
import { Pager, type Paging, usePaging } from '../paging.tsx';
import { Empty, Panel, Pending } from '../panel.tsx';
import { type Arrived, type Tail, useTail } from './tail.ts';

/** What was recorded of everyone, and what is being recorded right now. */
export function Events() {
  const paging = usePaging();
  const filtering = useFiltering(paging.restart);
  const { filter } = filtering;
  const [isOn, setOn] = useState(true);
  const events = useEvents(filter, paging);
  const tail = useTail(filter ?? {}, isOn && filter !== undefined, () => void events.refetch().catch(() => {}));
  const listed = paging.isFirst && isOn ? merged(tail.arrived, events.nodes) : events.nodes;
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={2}>Events</Title>
        <Group gap="sm">
          {isOn && filter && <Light {...tail} />}
          <Switch label="Live" checked={isOn} onChange={(event) => setOn(event.currentTarget.checked)} />
        </Group>
      </Group>
      {isOn && tail.refusal && <Alarm>{tail.refusal}</Alarm>}
      <Panel title={`Newest first, in the time of ${zoneHere}`} action={<Clear filtering={filtering} />}>
        <FilterFields filtering={filtering} types={[...new Set(listed?.map(({ type }) => type))].sort()} />
        {!filter ? (
          <Empty>As soon as it is clear which player is meant, the events are here.</Empty>
        ) : !listed || events.error ? (
          <Pending error={events.error} retry={events.refetch} />
        ) : listed.length === 0 ? (
          <Nothing filter={filter} />
        ) : (
          <EventTable events={listed} timeZone={zoneHere} />
        )}
        <Pager paging={paging} pageInfo={events.pageInfo} />
      </Panel>
    </Stack>
  );
}

/** A page of events with the names of their players. */
function useEvents(filter: EventFilter | undefined, { after }: Paging) {
  const { data, previousData, error, refetch } = useQuery(EventsDocument, {
    variables: { after, filter: filter ?? null },
    fetchPolicy: 'cache-and-network',
    skip: !filter,
  });
  return { ...(data ?? previousData)?.allEvents, error, refetch: () => refetch() };
}

function merged<Row extends Arrived>(arrived: readonly Arrived[], nodes: readonly Row[] | undefined) {
  const keyOf = ({ source, id }: Arrived) => `${source} ${id}`;
  const known = new Set(nodes?.map(keyOf));
  return nodes && [...arrived.filter((event) => !known.has(keyOf(event))), ...nodes];
}

function Nothing({ filter }: { filter: EventFilter }) {
  return Object.values(filter).some((value) => value !== null) ? (
    <Empty>Nothing like this was recorded. Clear a field to see more.</Empty>
  ) : (
    <Empty>
      Nothing was recorded yet. Sign in to <a href="/">the game</a> as a player, and it shows here at once.
    </Empty>
  );
}

const words: Record<Connection, string> = { CONNECTING: 'Connecting', LIVE: 'Following', WAITING: 'Reconnecting' };

const Light = ({ connection, refusal }: Tail) => (
  <Text size="sm" c="dimmed" role="status">
    {refusal ? 'Stopped' : words[connection]}
  </Text>
);
