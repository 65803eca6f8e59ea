import { useMutation } from '@apollo/client/react';
import { Button, Group, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { Refused } from '../alarm.tsx';
import { shownByHook } from '../fault.ts';
import { ChangeDisplayNameDocument } from './operations.generated.ts';

/** What others call the player. */
export function DisplayName({ displayName }: { displayName: string }) {
  const [typed, setTyped] = useState(displayName);
  const [change, { loading, error, data, reset }] = useMutation(ChangeDisplayNameDocument);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void change({ variables: { displayName: typed } }).then(
      (done) => setTyped(done.data?.changeDisplayName.displayName ?? typed),
      shownByHook,
    );
  };
  return (
    <form onSubmit={submit} noValidate>
      <Group align="flex-end" gap="sm" mb="sm">
        <TextInput
          label="Display name"
          description="What others see of you, in any script: up to 40 characters"
          autoComplete="nickname"
          value={typed}
          onChange={(event) => {
            reset();
            setTyped(event.currentTarget.value);
          }}
        />
        <Button type="submit" variant="default" loading={loading} disabled={typed === displayName}>
          Change it
        </Button>
      </Group>
      {error && <Refused error={error} mb="sm" />}
      {data && (
        <Text size="sm" mb="sm" role="status">
          You are called {data.changeDisplayName.displayName} now.
        </Text>
      )}
    </form>
  );
}
