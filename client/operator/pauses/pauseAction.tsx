import { useMutation } from '@apollo/client/react';
import { Text } from '@mantine/core';
import { useState } from 'react';
import { PauseQuestDocument, PauseQuestsDocument } from './pauses.generated.ts';
import { RecordedAction } from '../recordedAction.tsx';
import { SpanFields, instantsOf, openSpan } from './span.tsx';

interface Props {
  /** Absent: all quests. */
  quest?: { id: string; title: string };
  /** Absent: everybody. */
  user?: { id: string; displayName: string };
  paused?(): unknown;
}

/** Keeps streaks over days on which a player cannot come, or nobody can. */
export function PauseAction({ quest, user, paused }: Props) {
  const [span, setSpan] = useState(openSpan);
  const [pauseQuest, one] = useMutation(PauseQuestDocument);
  const [pauseQuests, all] = useMutation(PauseQuestsDocument);
  const act = async (reason: string) => {
    const variables = { userId: user?.id ?? null, ...instantsOf(span), reason };
    await (quest ? pauseQuest({ variables: { ...variables, questId: quest.id } }) : pauseQuests({ variables }));
    setSpan(openSpan);
    await paused?.();
  };
  const what = quest ? `“${quest.title}”` : 'all quests';
  return (
    <RecordedAction
      words={{ open: quest ? 'Pause' : 'Pause all quests', leave: 'Leave it', confirm: 'Pause' }}
      title={`Pause ${what} for ${user?.displayName ?? 'everybody'}?`}
      error={quest ? one.error : all.error}
      isGrave={false}
      act={act}
    >
      <Text>
        A day that the pause touches is not missed. What happens in it counts as ever. A pause in the past joins the
        streaks that a gap has parted.
      </Text>
      <SpanFields span={span} change={setSpan} told={{ from: 'Now when empty', to: 'Until it is ended when empty' }} />
    </RecordedAction>
  );
}
