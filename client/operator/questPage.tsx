import { useMutation, useQuery } from '@apollo/client/react';
import { Badge, Button, Group, Modal, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { shownByHook } from '../fault.ts';
import { draftOf, emptyDraft, inputOf, updateOf } from './draft.ts';
import {
  ArchiveQuestDocument,
  CreateQuestDocument,
  type DefinedFragment,
  QuestDocument,
  UpdateQuestDocument,
} from './operations.generated.ts';
import { Empty, Panel, Pending, Refused } from './panel.tsx';
import { QuestForm } from './questForm.tsx';

/** One quest to read and to change, or a new one. */
export function QuestPage({ id }: { id: string }) {
  const isNew = id === 'new';
  const { data, error, refetch } = useQuery(QuestDocument, { variables: { id }, skip: isNew });
  if (isNew) return <NewQuest />;
  if (!data) return <Pending error={error} retry={refetch} />;
  if (!data.quest) return <Empty>There is no quest with this id.</Empty>;
  return <KnownQuest quest={data.quest} />;
}

function NewQuest() {
  const [, go] = useLocation();
  const [create, { error }] = useMutation(CreateQuestDocument);
  return (
    <Stack>
      <Title order={2}>New quest</Title>
      <QuestForm
        initial={emptyDraft}
        error={error}
        store={async (draft) => {
          const { data } = await create({ variables: { input: inputOf(draft) } });
          if (data) go(`/quests/${data.createQuest.id}`);
        }}
      />
    </Stack>
  );
}

function KnownQuest({ quest }: { quest: DefinedFragment }) {
  const [update, { error }] = useMutation(UpdateQuestDocument);
  const before = draftOf(quest);
  return (
    <Stack>
      <Group justify="space-between">
        <Group gap="xs">
          <Title order={2}>{quest.title}</Title>
          <Badge variant="default" tt="none">
            version {quest.version}
          </Badge>
          {quest.archivedAt && <Badge variant="default">archived</Badge>}
        </Group>
        {!quest.archivedAt && <Archive quest={quest} />}
      </Group>
      {quest.archivedAt ? (
        <Panel title="Archived">
          <Text>This quest no longer counts and never changes again. What players earned stays theirs.</Text>
        </Panel>
      ) : (
        <QuestForm
          key={quest.version}
          initial={before}
          isKnown
          mayEnd={quest.endsAt !== null}
          error={error}
          store={async (draft) => void (await update({ variables: { id: quest.id, input: updateOf(before, draft) } }))}
        />
      )}
    </Stack>
  );
}

function Archive({ quest }: { quest: DefinedFragment }) {
  const [isOpen, setOpen] = useState(false);
  const [archive, { loading, error }] = useMutation(ArchiveQuestDocument, {
    variables: { id: quest.id },
    onCompleted: () => setOpen(false),
  });
  return (
    <>
      <Button variant="default" size="sm" onClick={() => setOpen(true)}>
        Archive
      </Button>
      <Modal opened={isOpen} onClose={() => setOpen(false)} title={`Archive “${quest.title}”?`} centered>
        <Stack>
          <Text>
            It stops counting at once, players no longer see it unless they have completed it, and it never changes
            again. Nothing that was earned is taken back.
          </Text>
          {error && <Refused error={error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setOpen(false)}>
              Keep it
            </Button>
            <Button color="red.8" loading={loading} onClick={() => void archive().catch(shownByHook)}>
              Archive for ever
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
