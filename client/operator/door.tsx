import { useMutation } from '@apollo/client/react';
import { Button, Paper, PasswordInput, Stack, TextInput, Title } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { Alarm } from '../alarm.tsx';
import { inWords, shownByHook } from '../fault.ts';
import { anonymous } from '../graph.ts';
import { SignInDocument } from '../session.generated.ts';
import { useSessions } from '../signedIn.tsx';

/** Operators sign in like players; what they may do stands in their token. */
export function Door() {
  const sessions = useSessions();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [signIn, { loading, error }] = useMutation(SignInDocument, {
    ...anonymous,
    onCompleted: ({ session }) => sessions.enter(session),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void signIn({ variables: { input: { name, password } } }).catch(shownByHook);
  };
  const reason = error ? inWords(error) : sessions.reason();
  return (
    <Stack component="main" maw={400} mx="auto" p="lg" pt={80}>
      <Title order={1} size="h2">
        Operator&apos;s console
      </Title>
      <Paper withBorder p="lg" radius="lg">
        <form onSubmit={submit} noValidate>
          <Stack gap="sm">
            {reason && <Alarm>{reason}</Alarm>}
            <TextInput
              label="Name"
              autoComplete="username"
              autoCapitalize="none"
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <PasswordInput
              label="Password"
              autoComplete="current-password"
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            <Button type="submit" loading={loading} mt="xs">
              Sign in
            </Button>
          </Stack>
        </form>
      </Paper>
    </Stack>
  );
}
