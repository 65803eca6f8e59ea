import { useMutation, useQuery } from '@apollo/client/react';
import { Badge, Group, Stack, Text, Title } from '@mantine/core';
import { useLocation } from 'wouter';
import { RecordedAction } from './recordedAction.tsx';
import { draftOf, emptyDraft, inputOf, updateOf } from './draft.ts';
import {
  ArchiveQuestDocument,
  CreateQuestDocument,
  type DefinedFragment,
  QuestDocument,
  UpdateQuestDocument,
} from './operations.generated.ts';
import { Empty, Panel, Pending } from './panel.tsx';
import { countedInWords } from './period.ts';
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
        store={async (draft, reason) => {
          const { data } = await create({ variables: { input: inputOf(draft), reason } });
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
      <Text size="sm" c="dimmed">
        {countedInWords(quest)}
      </Text>
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
          store={async (draft, reason) =>
            void (await update({ variables: { id: quest.id, input: updateOf(before, draft), reason } }))
          }
        />
      )}
    </Stack>
  );
}

function Archive({ quest: { id, title } }: { quest: DefinedFragment }) {
  const [archive, { error }] = useMutation(ArchiveQuestDocument);
  return (
    <RecordedAction
      words={{ open: 'Archive', leave: 'Keep it', confirm: 'Archive for ever' }}
      title={`Archive “${title}”?`}
      error={error}
      act={(reason) => archive({ variables: { id, reason } })}
    >
      <Text>
        It stops counting at once, players no longer see it unless they have completed it, and it never changes again.
        Nothing that was earned is taken back.
      </Text>
    </RecordedAction>
  );
}
