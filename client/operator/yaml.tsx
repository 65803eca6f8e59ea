import { useMutation, useQuery } from '@apollo/client/react';
import { Button, Code, FileButton, Group, Stack, Text, Textarea, Title } from '@mantine/core';
import { useState } from 'react';
import { ExportQuestsDocument, ImportQuestsDocument } from './operations.generated.ts';
import { Panel, Pending, Refused } from './panel.tsx';
import { difference } from './difference.ts';

/** Quests as YAML: out to keep or to edit, and in again, all or none. */
export function Yaml() {
  const { data, error, refetch } = useQuery(ExportQuestsDocument, { fetchPolicy: 'network-only' });
  const [yaml, setYaml] = useState('');
  const [isReviewing, setReviewing] = useState(false);
  const [store, { data: stored, loading, error: refused, reset }] = useMutation(ImportQuestsDocument, {
    variables: { yaml },
    onCompleted() {
      setReviewing(false);
      void refetch();
    },
  });
  const edit = (text: string) => {
    reset();
    setReviewing(false);
    setYaml(text);
  };
  if (!data) return <Pending error={error} retry={refetch} />;
  return (
    <Stack>
      <Title order={2}>Quests as YAML</Title>
      <Panel
        title="Import"
        action={
          <Group gap="xs">
            <FileButton accept=".yaml,.yml,text/yaml" onChange={(file) => void file?.text().then(edit)}>
              {(button) => (
                <Button variant="default" size="xs" {...button}>
                  Read a file
                </Button>
              )}
            </FileButton>
            <Button variant="default" size="xs" onClick={() => edit(data.exportQuests)}>
              Start from what there is
            </Button>
          </Group>
        }
      >
        <Stack>
          <Textarea
            label="A list of quests"
            description="Those with a new name are created, the others changed; what a quest does not mention stays as it is."
            autosize
            minRows={8}
            maxRows={24}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
            value={yaml}
            onChange={(event) => edit(event.currentTarget.value)}
          />
          {refused && <Refused error={refused} />}
          {stored && <Text role="status">{`${stored.importQuests.length} quests are as the YAML says.`}</Text>}
          {isReviewing && (
            <div>
              <Text size="sm" fw={600} mb={4}>
                Against what there is now
              </Text>
              <Difference lines={difference(data.exportQuests, yaml)} />
            </div>
          )}
          <Group>
            {isReviewing ? (
              <>
                <Button loading={loading} onClick={() => void store().catch(() => setReviewing(false))}>
                  Store
                </Button>
                <Button variant="default" onClick={() => setReviewing(false)}>
                  Back
                </Button>
              </>
            ) : (
              <Button disabled={!yaml.trim()} onClick={() => setReviewing(true)}>
                Show what changes
              </Button>
            )}
          </Group>
        </Stack>
      </Panel>
      <Panel
        title="What there is"
        action={
          <Button
            variant="default"
            size="xs"
            component="a"
            download="quests.yaml"
            href={`data:text/yaml;charset=utf-8,${encodeURIComponent(data.exportQuests)}`}
          >
            Save as a file
          </Button>
        }
      >
        <Code block tabIndex={0} mah={420} style={{ overflow: 'auto' }}>
          {data.exportQuests}
        </Code>
      </Panel>
    </Stack>
  );
}

function Difference({ lines }: { lines: readonly { sign: string; text: string }[] }) {
  if (lines.every(({ sign }) => sign === ' ')) return <Text c="dimmed">Nothing changes.</Text>;
  return (
    <Code block tabIndex={0} mah={320} style={{ overflow: 'auto' }}>
      {lines.map(({ sign, text }, index) => (
        <span key={index} className="difference" data-sign={sign}>{`${sign} ${text}\n`}</span>
      ))}
    </Code>
  );
}
