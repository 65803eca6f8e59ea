import { useQuery } from '@apollo/client/react';
import { Button, Group, Paper, Stack, Tabs, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { amountInWords, eventInWords, instantInWords } from '../words.ts';
import { ItemPicture } from './icons.tsx';
import { type EarnedFragment, HistoryDocument, LedgerDocument } from './operations.generated.ts';

/** What happened, newest first: quests that were completed, payments, and every event. */
export function History({ completions, timeZone }: { completions: readonly EarnedFragment[]; timeZone: string }) {
  return (
    <Paper component="section" withBorder p="md" radius="lg" aria-labelledby="history">
      <Title order={2} size="h4" mb="xs" id="history">
        History
      </Title>
      <Tabs defaultValue="completions" keepMounted={false}>
        <Tabs.List aria-label="History">
          <Tabs.Tab value="completions">Quests</Tabs.Tab>
          <Tabs.Tab value="payments">Payments</Tabs.Tab>
          <Tabs.Tab value="events">Events</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="completions" pt="sm">
          <Lines empty="Nothing completed yet. Your first quest is close.">
            {completions.map(({ id, quest, completedAt, status }) => (
              <Line
                key={id}
                what={quest.title}
                more={status === 'CLAIMABLE' ? 'waiting for you' : 'claimed'}
                at={completedAt}
                timeZone={timeZone}
              />
            ))}
          </Lines>
        </Tabs.Panel>
        <Tabs.Panel value="payments" pt="sm">
          <Payments timeZone={timeZone} />
        </Tabs.Panel>
        <Tabs.Panel value="events" pt="sm">
          <Events timeZone={timeZone} />
        </Tabs.Panel>
      </Tabs>
    </Paper>
  );
}

function Events({ timeZone }: { timeZone: string }) {
  const { data, fetchMore } = useQuery(HistoryDocument);
  const events = data?.me?.events;
  const older = () => fetchMore({ variables: { after: events!.pageInfo.endCursor } });
  return (
    <Lines empty="Nothing yet." {...(events?.pageInfo.hasNextPage && { older })}>
      {(events?.edges ?? []).map(({ node: { source, id, type, occurredAt } }) => (
        <Line key={source + id} what={eventInWords(type)} at={occurredAt} timeZone={timeZone} />
      ))}
    </Lines>
  );
}

function Payments({ timeZone }: { timeZone: string }) {
  const { data, fetchMore } = useQuery(LedgerDocument);
  const ledger = data?.me?.wallet.ledger;
  const older = () => fetchMore({ variables: { after: ledger!.pageInfo.endCursor } });
  return (
    <Lines empty="Nothing was paid yet." {...(ledger?.pageInfo.hasNextPage && { older })}>
      {(ledger?.edges ?? []).map(({ node: { id, item, amount, balance, createdAt, completion, grant } }) => (
        <Line
          key={id}
          what={
            <Group gap={6} component="span">
              <ItemPicture item={item} size={16} />
              {`${amount > 0 ? '+' : ''}${amountInWords(item, amount)}`}
            </Group>
          }
          more={`${cause(completion, grant)}${balance.toLocaleString('en')} after it`}
          at={createdAt}
          timeZone={timeZone}
        />
      ))}
    </Lines>
  );
}

/** What a payment was for: a quest, or a gift and why it was given. */
const cause = (completion?: { quest: { title: string } } | null, grant?: { reason: string } | null) =>
  completion ? `${completion.quest.title} · ` : grant ? `a gift: ${grant.reason} · ` : '';

function Lines({ children, empty, older }: { children: ReactNode[]; empty: string; older?: () => Promise<unknown> }) {
  if (children.length === 0) return <Text c="dimmed">{empty}</Text>;
  return (
    <Stack gap="xs">
      <ul className="lines">{children}</ul>
      {older && (
        <Button variant="subtle" size="xs" onClick={() => void older().catch(() => {})}>
          Show older
        </Button>
      )}
    </Stack>
  );
}

function Line({ what, more, at, timeZone }: { what: ReactNode; more?: string; at: string; timeZone: string }) {
  return (
    <li className="line">
      <span className="line-what">{what}</span>
      {more && <span className="line-more">{more}</span>}
      <time dateTime={at} className="line-more">
        {instantInWords(at, timeZone)}
      </time>
    </li>
  );
}
