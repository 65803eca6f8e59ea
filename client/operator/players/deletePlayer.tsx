import { useMutation } from '@apollo/client/react';
import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { Refused } from '../../alarm.tsx';
import { DeleteUserDocument } from '../operations.generated.ts';

/** Deletes a player who asks for it. The name has to be typed: nothing brings it back. */
export function DeletePlayer({ user: { id, name } }: { user: { id: string; name: string } }) {
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState('');
  const [, go] = useLocation();
  const [deleteUser, { loading, error }] = useMutation(DeleteUserDocument);
  const confirm = async () => {
    const isDone = await deleteUser({ variables: { id } }).then(
      () => true,
      () => false,
    );
    if (isDone) go('/players');
  };
  return (
    <>
      <Button variant="default" size="sm" onClick={() => setOpen(true)}>
        Delete
      </Button>
      <Modal
        opened={isOpen}
        onClose={() => setOpen(false)}
        title={`Delete ${name}?`}
        centered
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <Stack>
          <Text>
            Names, devices, mails, events and progress of this player go for good. What was paid stays in the ledger
            under a pseudonym, and the audit log keeps this id and that you deleted it.
          </Text>
          <TextInput
            label={`Type ${name} to confirm`}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          {error && <Refused error={error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setOpen(false)}>
              Leave it
            </Button>
            <Button color="red.8" disabled={typed !== name} loading={loading} onClick={() => void confirm()}>
              Delete for good
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
