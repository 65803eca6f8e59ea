import { useMutation } from '@apollo/client/react';
import { Text } from '@mantine/core';
import { RecordedAction } from '../recordedAction.tsx';
import { BanUserDocument, UnbanUserDocument } from '../operations.generated.ts';

interface Player {
  id: string;
  displayName: string;
}

/** Lets a banned player in again. */
export function Unban({ user: { id, displayName: name } }: { user: Player }) {
  const [unban, { error }] = useMutation(UnbanUserDocument);
  return (
    <RecordedAction
      words={{ open: 'Lift the ban', leave: 'Leave it', confirm: `Let ${name} in` }}
      title={`Lift the ban of ${name}?`}
      error={error}
      isGrave={false}
      act={(reason) => unban({ variables: { id, reason } })}
    >
      <Text>{name} may sign in again. The sessions that the ban has ended stay ended.</Text>
    </RecordedAction>
  );
}

/** Asks once more before a player is banned. */
export function Ban({ user: { id, displayName: name } }: { user: Player }) {
  const [ban, { error }] = useMutation(BanUserDocument);
  return (
    <RecordedAction
      words={{ open: 'Ban', leave: 'Leave it', confirm: `Ban ${name}` }}
      title={`Ban ${name}?`}
      error={error}
      act={(reason) => ban({ variables: { id, reason } })}
    >
      <Text>
        Every session of {name} ends, and nobody signs in by this name again. What was earned stays in the ledger.
      </Text>
    </RecordedAction>
  );
}
