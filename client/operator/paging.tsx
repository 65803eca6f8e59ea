import { Button, Group } from '@mantine/core';
import { useState } from 'react';

/** Pages of a list on the server: forward by the end of this page, back by what was passed. */
export interface Paging {
  after: string | null;
  forward(endCursor: string | null | undefined): void;
  back(): void;
  restart(): void;
  isFirst: boolean;
}

export function usePaging(): Paging {
  const [passed, setPassed] = useState<readonly string[]>([]);
  return {
    after: passed.at(-1) ?? null,
    isFirst: passed.length === 0,
    forward: (endCursor) => endCursor && setPassed([...passed, endCursor]),
    back: () => setPassed(passed.slice(0, -1)),
    restart: () => setPassed([]),
  };
}

interface Props {
  paging: Paging;
  pageInfo: { hasNextPage: boolean; endCursor?: string | null } | undefined;
  /** Of the two buttons, back and forward. */
  words?: [string, string];
}

export function Pager({ paging, pageInfo, words = ['Newer', 'Older'] }: Props) {
  if (paging.isFirst && !pageInfo?.hasNextPage) return null;
  return (
    <Group justify="flex-end" mt="sm" gap="xs">
      <Button size="xs" variant="default" disabled={paging.isFirst} onClick={paging.back}>
        {words[0]}
      </Button>
      <Button
        size="xs"
        variant="default"
        disabled={!pageInfo?.hasNextPage}
        onClick={() => paging.forward(pageInfo?.endCursor)}
      >
        {words[1]}
      </Button>
    </Group>
  );
}
