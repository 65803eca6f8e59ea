import type { ApolloClient } from '@apollo/client';
import { useApolloClient } from '@apollo/client/react';
import { Button } from '@mantine/core';
import { useState } from 'react';
import { Refused } from './alarm.tsx';
import { AccountRecordsDocument, AskForEverythingDocument, ProgressRecordsDocument } from './session.generated.ts';

/** Everything that is kept of a user as a file of NDJSON, asked for part by part. The request goes on record. */
export function DownloadEverything({ userId }: { userId: string }) {
  const client = useApolloClient();
  const [isLoading, setLoading] = useState(false);
  const [error, setError] = useState<unknown>();
  const download = async () => {
    setLoading(true);
    setError(undefined);
    try {
      save(`questline-${userId}.ndjson`, await everythingOf(client, userId));
    } catch (fault) {
      setError(fault);
    }
    setLoading(false);
  };
  return (
    <>
      <Button variant="default" size="sm" loading={isLoading} onClick={() => void download()}>
        Download all data
      </Button>
      {error !== undefined && <Refused error={error} />}
    </>
  );
}

/** Lines, in parts as they came: a browser may keep a Blob on disk. */
async function everythingOf(client: ApolloClient, id: string): Promise<Blob> {
  await client.mutate({ mutation: AskForEverythingDocument, variables: { id } });
  const parts: string[] = [];
  for (const query of [AccountRecordsDocument, ProgressRecordsDocument])
    for (let after: string | null = null, isMore = true; isMore;) {
      const { nodes, pageInfo }: Page = await pageOf(client, query, { id, after });
      parts.push(...nodes.map((node) => `${JSON.stringify(node)}\n`));
      [after, isMore] = [pageInfo.endCursor, pageInfo.hasNextPage];
    }
  return new Blob(parts, { type: 'application/x-ndjson' });
}

async function pageOf(
  client: ApolloClient,
  query: typeof AccountRecordsDocument | typeof ProgressRecordsDocument,
  variables: { id: string; after: string | null },
): Promise<Page> {
  const { data } = await client.query({ query, variables, fetchPolicy: 'no-cache' });
  return data!.user!.page;
}

interface Page {
  nodes: readonly unknown[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

function save(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = Object.assign(document.createElement('a'), { href: address, download: name });
  link.click();
  URL.revokeObjectURL(address);
}
