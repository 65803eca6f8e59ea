import { useQuery } from '@apollo/client/react';
import { Button, Container, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useEffect } from 'react';
import { Alarm } from '../alarm.tsx';
import { codeOf, inWords } from '../fault.ts';
import type { Session } from '../session.ts';
import { useSignOut } from '../signedIn.tsx';
import { Account } from './account.tsx';
import { Claimable } from './claimable.tsx';
import { History } from './history.tsx';
import { Gem } from './icons.tsx';
import { Light } from './light.tsx';
import { Notices } from './notices.tsx';
import { StandingDocument } from './operations.generated.ts';
import { PopupDialog } from './popup.tsx';
import { usePopups } from './popups.ts';
import { Quests } from './quests.tsx';
import { SchemeSwitch } from './schemeSwitch.tsx';
import { useRefresh } from './tabs.ts';
import { WalletPanel } from './wallet.tsx';

const everyMs = 30_000;

/** What a player sees. */
export function Hall({ session }: { session: Session }) {
  const { data, previousData, error } = useQuery(StandingDocument, {
    pollInterval: everyMs,
    skipPollAttempt: () => document.hidden,
  });
  const refresh = useRefresh(session.user.id);
  const { waiting, connection, putAway } = usePopups(session, refresh);
  useCounted(session.enteredAt, refresh);
  const me = (data ?? previousData)?.me;
  const [popup] = waiting;
  const isWaiting = ({ id }: { id: string }) => waiting.some(({ completion }) => completion.id === id);

  return (
    <>
      <Header
        name={me?.displayName ?? session.user.displayName ?? session.user.name}
        connection={<Light connection={connection} />}
      />
      <Container component="main" size="lg" py="lg">
        <Notices />
        {error && <Trouble error={error} retry={refresh} />}
        {me ? (
          <div className="hall">
            <Stack gap="lg" className="hall-side">
              <WalletPanel wallet={me.wallet} />
              {/* Nobody can press what lies behind a popup. */}
              <div style={{ visibility: popup ? 'hidden' : undefined }}>
                <Claimable completions={me.completions.nodes.filter((one) => !isWaiting(one))} refresh={refresh} />
              </div>
            </Stack>
            <Stack gap="lg">
              <Quests progress={me.quests} timeZone={me.timeZone} />
              <History completions={me.completions.nodes} timeZone={me.timeZone} />
              <Account user={session.user} displayName={me.displayName} />
            </Stack>
          </div>
        ) : (
          !error && <Skeleton height={240} radius="lg" role="progressbar" aria-label="Loading" />
        )}
      </Container>
      {popup && (
        <PopupDialog
          key={popup.completion.id}
          popup={popup}
          others={waiting.length - 1}
          putAway={putAway}
          refresh={refresh}
        />
      )}
    </>
  );
}

function Header({ name, connection }: { name: string; connection: React.ReactNode }) {
  const signOut = useSignOut();
  return (
    <header className="header">
      <Container size="lg">
        <Group justify="space-between" wrap="nowrap" h={60} gap="sm">
          <Group gap={8} wrap="nowrap">
            <Gem size={28} />
            <Title order={1} size="h4" visibleFrom="xs">
              Questline
            </Title>
          </Group>
          <Group gap="sm" wrap="nowrap" miw={0}>
            {connection}
            <Text size="sm" fw={600} truncate maw={160} miw={0}>
              {name}
            </Text>
            <SchemeSwitch />
            <Button variant="default" size="xs" flex="none" onClick={() => void signOut()}>
              Sign out
            </Button>
          </Group>
        </Group>
      </Container>
    </header>
  );
}

function Trouble({ error, retry }: { error: unknown; retry: () => void }) {
  const isOld = codeOf(error) === 'GRAPHQL_VALIDATION_FAILED';
  return (
    <Alarm mb="lg">
      <Group justify="space-between">
        {inWords(error)}
        <Button size="xs" variant="default" onClick={isOld ? () => location.reload() : retry}>
          {isOld ? 'Reload' : 'Try again'}
        </Button>
      </Group>
    </Alarm>
  );
}

/** A sign-in reaches the quests a moment after it is answered, and nobody tells the page when: it asks again, sooner at first. */
function useCounted(enteredAt: string, refresh: () => void) {
  useEffect(() => {
    const timers = [100, 250, 500, 1_000, 2_000, 5_000].map((ms) => setTimeout(refresh, ms));
    return () => timers.forEach(clearTimeout);
  }, [enteredAt, refresh]);
}
