import { Anchor, Button, Code, CopyButton, Group, Stack, Text, Title } from '@mantine/core';
import { Panel } from './panel.tsx';

const examples: { title: string; text: string; operation: string }[] = [
  {
    title: 'Who am I, across three subgraphs',
    text: 'Name from auth, progress and wallet from progress, quests and rewards from catalog.',
    operation: `{
  me {
    name
    wallet { diamonds }
    quests { streak remaining quest { title rewards { item quantity } } }
  }
}`,
  },
  {
    title: 'The popup, live',
    text: 'Subscribe, then sign in three times as that player in another window.',
    operation: `subscription {
  questCompleted {
    cursor
    completion { number status }
    quest { name rewards { item quantity } }
    user { name wallet { diamonds } }
  }
}`,
  },
  {
    title: 'Every event, live',
    text: 'For operators: what the page Events follows.',
    operation: `subscription {
  eventRecorded(filter: { type: "UserSignIn" }) {
    type
    occurredAt
    user { name }
  }
}`,
  },
  {
    title: 'Top five quests',
    text: 'For operators.',
    operation: `{
  questStats(top: 5) { completions players quest { title } }
}`,
  },
];

/** The graph itself, for those who want to ask it. */
export function Explore() {
  return (
    <Stack>
      <Title order={2}>Explore the graph</Title>
      <Panel title="Where to ask">
        <Text mb="sm">
          Both work with this server in development only. GraphiQL comes from here and has sign-in, query, subscription
          and claim in its tabs, ready to press; the Sandbox is Apollo&apos;s own page and needs the internet.
        </Text>
        <Group>
          <Anchor href="/graphiql" target="_blank">
            GraphiQL
          </Anchor>
          <Anchor href="/sandbox" target="_blank">
            Apollo Sandbox
          </Anchor>
        </Group>
      </Panel>
      {examples.map(({ title, text, operation }) => (
        <Panel key={title} title={title} action={<Copy title={title} text={operation} />}>
          <Text mb="xs">{text}</Text>
          <Code block tabIndex={0}>
            {operation}
          </Code>
        </Panel>
      ))}
    </Stack>
  );
}

const Copy = ({ title, text }: { title: string; text: string }) => (
  <CopyButton value={text}>
    {({ copied, copy }) => (
      <Button size="xs" variant="default" aria-label={`Copy: ${title}`} onClick={copy}>
        {copied ? 'Copied' : 'Copy'}
      </Button>
    )}
  </CopyButton>
);
