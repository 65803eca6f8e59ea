import { useMutation, useQuery } from '@apollo/client/react';
import { Badge, Group, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { Archive, Restore } from './archiveQuest.tsx';
import { Conflict, conflictOf } from './conflict.tsx';
import { type Draft, draftOf, emptyDraft, inputOf } from './draft.ts';
import { rebased, updateOf } from './draftChanges.ts';
import {
  CreateQuestDocument,
  type DefinedFragment,
  QuestDocument,
  UpdateQuestDocument,
} from '../operations.generated.ts';
import { Empty, Panel, Pending } from '../panel.tsx';
import { PauseAction } from '../pauses/pauseAction.tsx';
import { countedInWords } from './period.ts';
import { Preview } from './preview.tsx';
import { publicationOf } from './publication.tsx';
import { QuestForm } from './questForm.tsx';

/** One quest to read and to change, or a new one. */
export function QuestPage({ id }: { id: string }) {
  const isNew = id === 'new';
  const { data, error, refetch } = useQuery(QuestDocument, {
    variables: { id },
    skip: isNew,
    fetchPolicy: 'cache-and-network',
  });
  if (isNew) return <NewQuest />;
  if (!data) return <Pending error={error} retry={refetch} />;
  if (!data.quest) return <Empty>There is no quest with this id.</Empty>;
  return <KnownQuest quest={data.quest} refetch={refetch} />;
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
        store={async (draft, reason, publication) => {
          const { inFlight: _, ...asked } = publicationOf(publication);
          const { data } = await create({ variables: { input: inputOf(draft), ...asked, reason } });
          if (data) go(`/quests/${data.createQuest.id}`);
        }}
      />
    </Stack>
  );
}

function KnownQuest({ quest, refetch }: { quest: DefinedFragment; refetch(): Promise<unknown> }) {
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
        <Group gap="xs">
          {!quest.archivedAt && <Preview questId={quest.id} />}
          {!quest.archivedAt && quest.objectives.some(({ consecutive }) => consecutive) && (
            <PauseAction quest={quest} />
          )}
          {quest.archivedAt ? <Restore quest={quest} /> : <Archive quest={quest} />}
        </Group>
      </Group>
      <Text size="sm" c="dimmed">
        {countedInWords(quest)}
      </Text>
      {quest.archivedAt ? (
        <Panel title="Archived">
          <Text>
            {quest.onArchive === 'FINISH'
              ? 'Attempts that had begun may be completed; nothing else counts. What players earned stays theirs.'
              : 'This quest no longer counts. What players earned stays theirs.'}
          </Text>
        </Panel>
      ) : (
        <OpenQuest quest={quest} refetch={refetch} />
      )}
    </Stack>
  );
}

/** Where somebody else was faster, what was typed stays, on top of what they stored. */
function OpenQuest({ quest, refetch }: { quest: DefinedFragment; refetch(): Promise<unknown> }) {
  const [update, { error, reset }] = useMutation(UpdateQuestDocument);
  const [refused, setRefused] = useState<{ before: Draft; typed: Draft }>();
  const before = draftOf(quest);
  const conflict = conflictOf(error);
  const takeUp = async () => {
    await refetch();
    reset();
  };
  return (
    <QuestForm
      key={quest.version}
      initial={before}
      typed={refused && rebased(refused.before, refused.typed, before)}
      isKnown
      mayEnd={quest.endsAt !== null}
      error={error}
      remedy={conflict && <Conflict {...conflict} takeUp={() => void takeUp()} />}
      store={async (draft, reason, publication) => {
        setRefused({ before, typed: draft });
        const input = updateOf(before, draft);
        const asked = publicationOf(publication);
        const variables = { id: quest.id, input, expectedVersion: quest.version, ...asked, reason };
        await update({ variables, onCompleted: () => setRefused(undefined) });
      }}
    />
  );
}
