import { useMutation } from '@apollo/client/react';
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { shownByHook } from '../fault.ts';
import { BanUserDocument, UnbanUserDocument } from './operations.generated.ts';
import { Refused } from './panel.tsx';

interface Player {
  id: string;
  name: string;
}

/** Lets a banned player in again. */
export function Unban({ user }: { user: Player }) {
  const [unban, { loading, error }] = useMutation(UnbanUserDocument, { variables: { id: user.id } });
  if (error) return <Refused error={error} />;
  return (
    <Button variant="default" size="sm" loading={loading} onClick={() => void unban().catch(shownByHook)}>
      Lift the ban
    </Button>
  );
}

/** Asks once more before a player is banned. */
export function Ban({ user }: { user: Player }) {
  const [isOpen, setOpen] = useState(false);
  const [ban, { loading, error }] = useMutation(BanUserDocument, {
    variables: { id: user.id },
    onCompleted: () => setOpen(false),
  });
  return (
    <>
      <Button variant="default" size="sm" onClick={() => setOpen(true)}>
        Ban
      </Button>
      <Modal opened={isOpen} onClose={() => setOpen(false)} title={`Ban ${user.name}?`} centered>
        <Stack>
          <Text>
            Every session of {user.name} ends, and nobody signs in by this name again. What was earned stays in the
            ledger.
          </Text>
          {error && <Refused error={error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setOpen(false)}>
              Leave it
            </Button>
            <Button color="red.8" loading={loading} onClick={() => void ban().catch(shownByHook)}>
              Ban {user.name}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
