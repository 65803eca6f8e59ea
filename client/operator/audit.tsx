import { useQuery } from '@apollo/client/react';
import { Badge, Button, Group, Select, Stack, Table, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { instantInWords, zoneHere } from '../words.ts';
import { AuditChanges } from './auditChanges.tsx';
import { AuditLogDocument, type AuditLogQuery } from './operations.generated.ts';
import { Pager, usePaging } from './paging.tsx';
import { Empty, Panel, Pending } from './panel.tsx';

type Entry = AuditLogQuery['auditLog']['nodes'][number];

const actions = [
  ...['CREATE_QUEST', 'UPDATE_QUEST', 'ARCHIVE_QUEST', 'RESTORE_QUEST', 'IMPORT_QUESTS'],
  ...['PAUSE_QUEST', 'PAUSE_QUESTS', 'END_PAUSE', 'COMPENSATE', 'PREVIEW_COMPENSATION'],
  ...['BAN_USER', 'UNBAN_USER', 'GRANT_REWARD'],
  ...['REPLAY_DEAD_LETTER', 'DISCARD_DEAD_LETTER', 'REPLAY_AUTH_DEAD_LETTER', 'DISCARD_AUTH_DEAD_LETTER'],
  ...['READ_AUDIT_LOG', 'REUSE_REFRESH_TOKEN'],
];
const inWords = (action: string) => action.toLowerCase().replaceAll('_', ' ');

/** What operators did anywhere, and why, and what others tried to. */
export function Audit() {
  const paging = usePaging();
  const [action, setAction] = useState<string | null>(null);
  const [actor, setActor] = useState<Entry['actor']>(null);
  const { data, previousData, error, refetch } = useQuery(AuditLogDocument, {
    variables: { after: paging.after, action, actorId: actor?.id ?? null },
    fetchPolicy: 'cache-and-network',
    // Audit entries of other subgraphs arrive a moment later.
    pollInterval: paging.after ? 0 : 2_000,
    skipPollAttempt: () => document.hidden,
  });
  const log = (data ?? previousData)?.auditLog;
  const only = (someone: Entry['actor']) => {
    paging.restart();
    setActor(someone);
  };
  return (
    <Stack>
      <Title order={2}>Audit log</Title>
      <Panel
        title="Newest first"
        action={
          <Group gap="xs">
            {actor && (
              <Button size="xs" variant="default" onClick={() => only(null)}>
                Not only {actor.displayName}
              </Button>
            )}
            <Select
              aria-label="Action"
              placeholder="Every action"
              size="xs"
              clearable
              data={actions.map((value) => ({ value, label: inWords(value) }))}
              value={action}
              onChange={(value) => {
                paging.restart();
                setAction(value);
              }}
            />
          </Group>
        }
      >
        {!log || error ? (
          <Pending error={error} retry={refetch} />
        ) : log.nodes.length === 0 ? (
          <Empty>
            {action || actor
              ? 'Nothing of the kind is on record.'
              : 'Nothing was done yet. The first quest that somebody creates or changes will stand here, with the reason.'}
          </Empty>
        ) : (
          <Entries entries={log.nodes} only={only} />
        )}
        <Pager paging={paging} pageInfo={log?.pageInfo} />
      </Panel>
    </Stack>
  );
}

function Entries({ entries, only }: { entries: readonly Entry[]; only(someone: Entry['actor']): void }) {
  return (
    <Table.ScrollContainer minWidth={860}>
      <Table verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>When</Table.Th>
            <Table.Th>Who</Table.Th>
            <Table.Th>What</Table.Th>
            <Table.Th>To</Table.Th>
            <Table.Th>Why</Table.Th>
            <Table.Th>Changed</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {entries.map((entry) => (
            <Table.Tr key={entry.id}>
              <Table.Td className="moment" title={`Request ${entry.requestId}`}>
                {instantInWords(entry.occurredAt, zoneHere)}
              </Table.Td>
              <Table.Td>
                <Who entry={entry} only={only} />
              </Table.Td>
              <Table.Td>
                {inWords(entry.action)} {entry.outcome === 'REFUSED' && <Badge variant="default">refused</Badge>}
              </Table.Td>
              <Table.Td>
                <Target entry={entry} />
              </Table.Td>
              <Table.Td>
                {entry.reason ??
                  (entry.outcome === 'DONE' && (
                    <Text size="sm" c="dimmed">
                      none given
                    </Text>
                  ))}
              </Table.Td>
              <Table.Td>
                <AuditChanges changes={entry.changes} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Who({ entry: { actor, actorId }, only }: { entry: Entry; only(someone: Entry['actor']): void }) {
  if (!actor) return <>{actorId ? actorId.slice(0, 8) : 'nobody'}</>;
  return (
    <Button variant="subtle" size="compact-sm" px={0} onClick={() => only(actor)} title={`Only what ${actor.name} did`}>
      {actor.displayName}
    </Button>
  );
}

function Target({ entry: { action, targetId, targetName } }: { entry: Entry }) {
  if (!targetId) return <>{action === 'IMPORT_QUESTS' ? 'the catalog' : ''}</>;
  const name = targetName ?? targetId.slice(0, 8);
  if (/_USER$|^GRANT_/.test(action)) return <Link href={`/players/${targetId}`}>{name}</Link>;
  if (action.endsWith('_QUEST') && targetName) return <Link href={`/quests/${targetId}`}>{name}</Link>;
  return <span className="data">{name}</span>;
}
