import { useMutation } from '@apollo/client/react';
import {
  Anchor,
  Button,
  Container,
  Divider,
  Paper,
  PasswordInput,
  Stack,
  Tabs,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { type FormEvent, useRef, useState } from 'react';
import { Alarm } from '../alarm.tsx';
import { inWords } from '../fault.ts';
import { anonymous } from '../graph.ts';
import { PlayAsGuestDocument, SignInDocument, SignUpDocument } from '../session.generated.ts';
import type { Opened } from '../session.ts';
import { useSessions } from '../signedIn.tsx';
import { zoneHere as timeZone } from '../words.ts';
import { deviceId, randomKey } from './device.ts';
import { Gem } from './icons.tsx';

const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(location.hostname);

/** Sign in, sign up, or play as a guest. What was typed stays when it is refused. */
export function SignIn() {
  const sessions = useSessions();
  const [door, setDoor] = useState<string | null>('in');
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [fault, setFault] = useState<string>();
  const [signIn, { loading: isSigningIn }] = useMutation(SignInDocument, anonymous);
  const [signUp, { loading: isSigningUp }] = useMutation(SignUpDocument, anonymous);
  const [playAsGuest, { loading: isEnteringAsGuest }] = useMutation(PlayAsGuestDocument, anonymous);
  const isBusy = isSigningIn || isSigningUp || isEnteringAsGuest;
  // Pressed again after a cut it is the same sign-in, and counts once.
  const idempotencyKey = useRef(randomKey());

  const enter = async (open: () => Promise<{ data?: { session: Opened } | undefined }>) => {
    if (isBusy) return;
    setFault(undefined);
    try {
      const { data } = await open();
      sessions.enter(data!.session);
    } catch (error) {
      setFault(inWords(error));
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const common = { name, password, idempotencyKey: idempotencyKey.current };
    void enter(() =>
      door === 'in'
        ? signIn({ variables: { input: common } })
        : signUp({ variables: { input: { ...common, timeZone } } }),
    );
  };
  const asGuest = () =>
    enter(() =>
      playAsGuest({ variables: { input: { deviceId: deviceId(), timeZone, idempotencyKey: idempotencyKey.current } } }),
    );
  const change = (set: (text: string) => void) => (event: { currentTarget: { value: string } }) => {
    idempotencyKey.current = randomKey();
    set(event.currentTarget.value);
  };

  const reason = fault ?? sessions.reason();
  return (
    <Container component="main" size={420} className="sign-in">
      <Stack align="center" gap={4} mb="lg">
        <Gem size={64} />
        <Title order={1}>Questline</Title>
        <Text c="dimmed" ta="center">
          Come back, complete quests, collect rewards.
        </Text>
      </Stack>
      <Paper withBorder shadow="sm" p="lg" radius="lg">
        <form onSubmit={submit} noValidate>
          <Tabs value={door} onChange={setDoor} keepMounted={false}>
            <Tabs.List grow mb="md" aria-label="How to enter">
              <Tabs.Tab value="in">I have a name</Tabs.Tab>
              <Tabs.Tab value="up">I am new here</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value={door ?? 'in'}>
              <Stack gap="sm">
                {reason && <Alarm>{reason}</Alarm>}
                <TextInput
                  label="Name"
                  autoComplete="username"
                  autoCapitalize="none"
                  spellCheck={false}
                  value={name}
                  onChange={change(setName)}
                />
                <PasswordInput
                  label="Password"
                  autoComplete={door === 'in' ? 'current-password' : 'new-password'}
                  value={password}
                  onChange={change(setPassword)}
                />
                {door === 'up' && (
                  <Text size="sm" c="dimmed">
                    Your days begin at midnight in {timeZone}.
                  </Text>
                )}
                <Button type="submit" size="md" loading={isSigningIn || isSigningUp} mt="xs">
                  {door === 'in' ? 'Sign in' : 'Sign up'}
                </Button>
              </Stack>
            </Tabs.Panel>
          </Tabs>
        </form>
        <Divider label="or" my="md" />
        <Button variant="default" size="md" fullWidth loading={isEnteringAsGuest} onClick={() => void asGuest()}>
          Play as guest
        </Button>
      </Paper>
      {isLocal && (
        <Text size="sm" c="dimmed" ta="center" mt="md">
          On this machine there is a demo player:{' '}
          <Anchor
            component="button"
            type="button"
            size="sm"
            onClick={() => {
              setDoor('in');
              setName('user');
              setPassword('password');
            }}
          >
            use user / password
          </Anchor>
        </Text>
      )}
    </Container>
  );
}
