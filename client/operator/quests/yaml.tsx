import { useMutation } from '@apollo/client/react';
import { Button, Code, FileButton, Group, Stack, Text, Textarea, Title } from '@mantine/core';
import { useState } from 'react';
import { Refused } from '../../alarm.tsx';
import { shownByHook } from '../../fault.ts';
import { useExport } from './exported.ts';
import { ImportPlan, changesNothing } from './importPlan.tsx';
import { ImportQuestsDocument, PlanImportDocument } from '../operations.generated.ts';
import { Panel, Pending } from '../panel.tsx';
import { PublicationFields, plainly, publicationOf } from './publication.tsx';
import { Reason, isReason } from '../reason.tsx';

/** Quests as YAML: out to keep or to edit, and in again, all or none. */
export function Yaml() {
  const { exported, error, refetch } = useExport();
  const [yaml, setYaml] = useState('');
  const [reason, setReason] = useState('');
  const [publication, setPublication] = useState(plainly);
  const { inFlight, backfill, maxPayout } = publicationOf(publication);
  const [look, planned] = useMutation(PlanImportDocument, { variables: { yaml, backfill, maxPayout } });
  const [store, stored] = useMutation(ImportQuestsDocument, {
    variables: { yaml, inFlight, backfill, maxPayout, reason },
    onCompleted() {
      planned.reset();
      void refetch();
    },
  });
  const edit = (text: string) => {
    planned.reset();
    stored.reset();
    setYaml(text);
  };
  const plan = planned.data?.importQuests;
  const refused = planned.error ?? stored.error;
  if (exported === undefined) return <Pending error={error} retry={refetch} />;
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
            <Button variant="default" size="xs" onClick={() => edit(exported)}>
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
          <PublicationFields
            publication={publication}
            isKnown
            change={(next) => {
              planned.reset();
              setPublication(next);
            }}
          />
          {refused && <Refused error={refused} />}
          {stored.data && (
            <Text role="status">{`${stored.data.importQuests.length} quests are as the YAML says.`}</Text>
          )}
          {plan && <ImportPlan plan={plan} />}
          {plan && !changesNothing(plan) && <Reason reason={reason} change={setReason} />}
          <Group>
            {plan ? (
              <>
                <Button
                  loading={stored.loading}
                  disabled={changesNothing(plan) || !isReason(reason)}
                  onClick={() => void store().catch(shownByHook)}
                >
                  Store
                </Button>
                <Button variant="default" onClick={planned.reset}>
                  Back
                </Button>
              </>
            ) : (
              <Button disabled={!yaml.trim()} loading={planned.loading} onClick={() => void look().catch(shownByHook)}>
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
            href={`data:text/yaml;charset=utf-8,${encodeURIComponent(exported)}`}
          >
            Save as a file
          </Button>
        }
      >
        <Code block tabIndex={0} mah={420} style={{ overflow: 'auto' }}>
          {exported}
        </Code>
      </Panel>
    </Stack>
  );
}
