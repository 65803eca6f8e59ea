import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { Table } from '@mantine/core';
import type { HealthyFragment } from './overview.generated.ts';

interface RowProps {
  name: string;
  state: string;
  health?: HealthyFragment | null | undefined;
}

/** One process: whether it answers, and how far behind its events are. */
export function Row({ name, state, health }: RowProps) {
  return (
    <Table.Tr>
      <Table.Td>{name}</Table.Td>
      <Table.Td>
        <span className="state" data-state={state}>
          {state}
        </span>
      </Table.Td>
      <Table.Td className="number">{health?.outboxEvents.toLocaleString()}</Table.Td>
      <Table.Td className="number">{health && secondsInWords(health.outboxAgeSeconds)}</Table.Td>
      <Table.Td className="number">{health && secondsInWords(health.relayLagSeconds)}</Table.Td>
    </Table.Tr>
  );
}

/** What the answer says of one subgraph: the errors of others are none of its own. */
export function stateOf(subgraph: string, error: unknown, field = `${subgraph}Health`): string {
  const errors = CombinedGraphQLErrors.is(error) ? error.errors : [];
  const own = errors.find(({ path, extensions }) => extensions?.['serviceName'] === subgraph || path?.[0] === field);
  if (!own) return 'answers';
  const code = own.extensions?.['code'];
  if (code === 'SUBGRAPH_TIMEOUT') return 'takes too long to answer';
  return code === 'SUBGRAPH_UNAVAILABLE' ? 'down' : 'answers, but cannot work';
}

const secondsInWords = (seconds: number) =>
  seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60).toLocaleString()} min`;
