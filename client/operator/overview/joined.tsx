import { gql } from '@apollo/client';
import { useQuery } from '@apollo/client/react';
import { useEffect, useMemo, useState } from 'react';
import { useSessions } from '../../signedIn.tsx';
import { Row, stateOf } from './healthRow.tsx';
import type { HealthyFragment } from './overview.generated.ts';

interface Listed {
  name: string;
  /** The field of `Query` that tells how it does; null: none does. */
  health: string | null;
}

/** Subgraphs come and go while the console is open. */
const pollMs = 10_000;

/** A row for each subgraph of the graph that this page does not know beforehand. */
export function JoinedRows({ known }: { known: readonly string[] }) {
  const listed = useListed();
  return listed
    .filter(({ name }) => !known.includes(name))
    .map(({ name, health }) =>
      health === null ? (
        <Row key={name} name={name} state="does not tell" />
      ) : (
        <JoinedRow key={name} name={name} field={health} />
      ),
    );
}

/** What the gateway lists; nothing until it has answered, and where it does not. */
function useListed(): readonly Listed[] {
  const sessions = useSessions();
  const [listed, setListed] = useState<readonly Listed[]>([]);
  useEffect(() => {
    const ask = async () => {
      const headers = { authorization: `Bearer ${await sessions.accessToken()}` };
      const response = await fetch('/subgraphs', { headers });
      if (response.ok) setListed(((await response.json()) as { subgraphs: Listed[] }).subgraphs);
    };
    const askQuietly = () => void ask().catch(() => {});
    askQuietly();
    const timer = setInterval(askQuietly, pollMs);
    return () => clearInterval(timer);
  }, [sessions]);
  return listed;
}

function JoinedRow({ name, field }: { name: string; field: string }) {
  const query = useMemo(
    () => gql`query JoinedHealth { health: ${field} { outboxEvents outboxAgeSeconds relayLagSeconds } }`,
    [field],
  );
  const { data, error, loading } = useQuery<{ health: HealthyFragment | null }>(query, {
    errorPolicy: 'all',
    fetchPolicy: 'no-cache',
    pollInterval: 5000,
  });
  return <Row name={name} health={data?.health} state={!data && loading ? 'asking' : stateOf(name, error, 'health')} />;
}
