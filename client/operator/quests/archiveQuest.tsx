import { useMutation } from '@apollo/client/react';
import { Select, Text } from '@mantine/core';
import { useState } from 'react';
import {
  ArchiveQuestDocument,
  type DefinedFragment,
  type OnArchive,
  RestoreQuestDocument,
} from '../operations.generated.ts';
import { RecordedAction } from '../recordedAction.tsx';

export function Archive({ quest: { id, title } }: { quest: DefinedFragment }) {
  const [archive, { error }] = useMutation(ArchiveQuestDocument);
  const [inFlight, setInFlight] = useState<OnArchive>('STOP');
  return (
    <RecordedAction
      words={{ open: 'Archive', leave: 'Keep it', confirm: 'Archive it' }}
      title={`Archive “${title}”?`}
      error={error}
      act={(reason) => archive({ variables: { id, inFlight, reason } })}
    >
      <Text>
        Players no longer see it unless they have completed it, and nobody begins it any more. Nothing that was earned
        is taken back, and it can be restored.
      </Text>
      <Select
        label="Attempts that have begun"
        data={[
          { value: 'STOP', label: 'Stop at once' },
          { value: 'FINISH', label: 'May be completed' },
        ]}
        allowDeselect={false}
        value={inFlight}
        onChange={(value) => setInFlight(value as OnArchive)}
      />
    </RecordedAction>
  );
}

export function Restore({ quest: { id, title } }: { quest: DefinedFragment }) {
  const [restore, { error }] = useMutation(RestoreQuestDocument);
  return (
    <RecordedAction
      words={{ open: 'Restore', leave: 'Leave it', confirm: 'Restore it' }}
      title={`Restore “${title}”?`}
      error={error}
      isGrave={false}
      act={(reason) => restore({ variables: { id, reason } })}
    >
      <Text>Players see it again, and it counts on from where it was.</Text>
    </RecordedAction>
  );
}
