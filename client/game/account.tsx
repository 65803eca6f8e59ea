import { useMutation } from '@apollo/client/react';
import { Button, Group, Modal, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { Refused } from '../alarm.tsx';
import { DownloadEverything } from '../everything.tsx';
import { useSessions } from '../signedIn.tsx';
import { DisplayName } from './displayName.tsx';
import { DeleteAccountDocument } from './operations.generated.ts';

/** Guests and those for whom a provider vouches have a name that was drawn for them, and no password. */
const hasPassword = (name: string) => !/^(guest|player)-/.test(name);

/** What the player is called, and what players may ask of whoever keeps their data. */
export function Account({ user, displayName }: { user: { id: string; name: string }; displayName: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Paper component="section" withBorder p="md" radius="lg" aria-labelledby="account">
      <Title order={2} size="h4" mb="xs" id="account">
        Your account
      </Title>
      <DisplayName displayName={displayName} />
      <Group gap="sm">
        <DownloadEverything userId={user.id} />
        <Button variant="default" size="sm" onClick={() => setOpen(true)}>
          Delete my account
        </Button>
      </Group>
      <Modal
        opened={isOpen}
        onClose={() => setOpen(false)}
        title="Delete your account?"
        centered
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <Deletion asksForPassword={hasPassword(user.name)} leave={() => setOpen(false)} />
      </Modal>
    </Paper>
  );
}

function Deletion({ asksForPassword, leave }: { asksForPassword: boolean; leave: () => void }) {
  const sessions = useSessions();
  const [password, setPassword] = useState('');
  const [deleteAccount, { loading, error }] = useMutation(DeleteAccountDocument);
  const confirm = async () => {
    const isDone = await deleteAccount({ variables: asksForPassword ? { password } : {} }).then(
      () => true,
      () => false,
    );
    if (isDone) sessions.leave('Your account has been deleted.');
  };
  return (
    <Stack>
      <Text>Your name, your progress and everything you own are gone for good. Nobody can bring them back.</Text>
      {asksForPassword && (
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
      )}
      {error && <Refused error={error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={leave}>
          Keep it
        </Button>
        <Button
          color="red.8"
          disabled={asksForPassword && password === ''}
          loading={loading}
          onClick={() => void confirm()}
        >
          Delete it for good
        </Button>
      </Group>
    </Stack>
  );
}
