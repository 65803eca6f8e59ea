import { useQuery } from '@apollo/client/react';
import { Stack, Table, Text } from '@mantine/core';
import { Link } from 'wouter';
import { codeOf } from '../../fault.ts';
import { Row, stateOf } from './healthRow.tsx';
import { JoinedRows } from './joined.tsx';
import { HealthDocument, QuestCacheDocument } from './overview.generated.ts';
import { Panel, byKeyboard } from '../panel.tsx';

/** Those that are always there; whoever joins them is listed by the gateway. */
const subgraphs = ['auth', 'catalog', 'progress'] as const;
const pollInterval = 5000;

/** Which processes answer, and whether what happened in one gets to the others. */
export function Health() {
  const { data, error, loading } = useQuery(HealthDocument, {
    errorPolicy: 'all',
    fetchPolicy: 'no-cache',
    pollInterval,
  });
  const isReached = !error || codeOf(error) !== undefined;
  return (
    <Panel title="Processes">
      <Table.ScrollContainer minWidth={560} scrollAreaProps={byKeyboard}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Process</Table.Th>
              <Table.Th>State</Table.Th>
              <Table.Th className="number">Events on their way</Table.Th>
              <Table.Th className="number">The oldest waits</Table.Th>
              <Table.Th className="number">Not published for</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody aria-busy={loading}>
            <Row name="gateway" state={!data && loading ? 'asking' : isReached ? 'answers' : 'cannot be reached'} />
            {subgraphs.map((name) => (
              <Row
                key={name}
                name={name}
                health={isReached ? data?.[`${name}Health`] : undefined}
                state={!data && loading ? 'asking' : isReached ? stateOf(name, error) : 'not known'}
              />
            ))}
            <JoinedRows known={subgraphs} />
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Stack gap={4} mt="sm">
        {isReached && data && <DeadLetterCount counts={[data.deadLetterCount, data.authDeadLetterCount]} />}
        {typeof data?.popupStreams === 'number' && isReached && (
          <Text size="sm">{inNumber(data.popupStreams, 'stream')} of popups open.</Text>
        )}
        <Cache />
      </Stack>
    </Panel>
  );
}

/** Of each subgraph; null: it does not answer. That all is well can be said only when every subgraph says so. */
function DeadLetterCount({ counts }: { counts: readonly (number | null)[] }) {
  const count = counts.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  if (count === 0 && counts.includes(null)) return null;
  return (
    <Text size="sm">
      {count === 0 ? (
        'Every event that came was applied.'
      ) : (
        <Link href="/deadLetters">{inNumber(count, 'event')} could not be applied.</Link>
      )}
    </Text>
  );
}

function Cache() {
  const { data } = useQuery(QuestCacheDocument, { fetchPolicy: 'no-cache', pollInterval });
  if (!data) return null;
  const { hits, misses } = data.questCacheStats;
  const asked = hits + misses;
  return (
    <Text size="sm">
      {asked === 0
        ? 'No quest was looked up since the catalog started.'
        : `${((100 * hits) / asked).toFixed(1)} % of ${asked.toLocaleString()} look-ups of quests were answered from the cache.`}
    </Text>
  );
}

const inNumber = (count: number, noun: string) => `${count.toLocaleString()} ${noun}${count === 1 ? '' : 's'}`;
