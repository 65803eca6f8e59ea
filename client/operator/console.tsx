import { AppShell, Button, Group, NavLink, Paper, ScrollArea, Stack, Text, Title } from '@mantine/core';
import { Suspense, lazy, useEffect, useRef } from 'react';
import { Route, Router, Switch, useLocation, useRoute } from 'wouter';
import { useSession, useSignOut } from '../signedIn.tsx';
import { Audit } from './audit.tsx';
import { Backfills } from './backfills/backfills.tsx';
import { DeadLetters } from './deadLetters.tsx';
import { Door } from './door.tsx';
import { Events } from './events/events.tsx';
import { Explore } from './explore.tsx';
import { Pauses } from './pauses/pauses.tsx';
import { Player } from './players/player.tsx';
import { Players } from './players/players.tsx';
import { QuestPage } from './quests/questPage.tsx';
import { Quests } from './quests/quests.tsx';
import { Webhooks } from './webhooks/webhooks.tsx';
import { Yaml } from './quests/yaml.tsx';

// The chart library is as large as everything else together.
const Overview = lazy(() => import('./overview/overview.tsx'));

const places = [
  { href: '/', label: 'Overview' },
  { href: '/quests', label: 'Quests' },
  { href: '/backfills', label: 'Backfills' },
  { href: '/pauses', label: 'Pauses' },
  { href: '/players', label: 'Players' },
  { href: '/events', label: 'Events' },
  { href: '/deadLetters', label: 'Dead letters' },
  { href: '/webhooks', label: 'Webhooks' },
  { href: '/audit', label: 'Audit log' },
  { href: '/explore', label: 'Explore the graph' },
];

/** The operator's console; everybody else learns at the door that it is not for them. */
export function Console() {
  const session = useSession();
  if (!session) return <Door />;
  if (!session.user.roles.includes('OPERATOR'))
    return <NotForYou name={session.user.displayName ?? session.user.name} />;
  return (
    <Router base="/operator">
      <AppShell
        header={{ height: 56 }}
        navbar={{ width: 210, breakpoint: 'sm', collapsed: { mobile: true } }}
        padding="lg"
      >
        <AppShell.Header px="lg">
          <Header name={session.user.displayName ?? session.user.name} />
        </AppShell.Header>
        <AppShell.Navbar p="xs" aria-label="Console" visibleFrom="sm">
          <Places />
        </AppShell.Navbar>
        <AppShell.Main>
          <ScrollArea hiddenFrom="sm" mb="md" type="never">
            <Group wrap="nowrap" gap={4} component="nav" aria-label="Console, narrow">
              <Places />
            </Group>
          </ScrollArea>
          <Suspense fallback={<Text c="dimmed">Loading</Text>}>
            <Switch>
              <Route path="/" component={Overview} />
              <Route path="/quests" component={Quests} />
              <Route path="/quests/yaml" component={Yaml} />
              <Route path="/quests/:id">{({ id }) => <QuestPage key={id} id={id} />}</Route>
              <Route path="/backfills" component={Backfills} />
              <Route path="/pauses" component={Pauses} />
              <Route path="/players" component={Players} />
              <Route path="/players/:id">{({ id }) => <Player key={id} id={id} />}</Route>
              <Route path="/events" component={Events} />
              <Route path="/deadLetters" component={DeadLetters} />
              <Route path="/webhooks" component={Webhooks} />
              <Route path="/audit" component={Audit} />
              <Route path="/explore" component={Explore} />
              <Route>
                <Text>There is no such page. The places are on the left.</Text>
              </Route>
            </Switch>
          </Suspense>
        </AppShell.Main>
      </AppShell>
    </Router>
  );
}

function Header({ name }: { name: string }) {
  const signOut = useSignOut();
  return (
    <Group justify="space-between" h="100%" wrap="nowrap">
      <Title order={1} size="h5">
        Questline · Operator
      </Title>
      <Group gap="sm" wrap="nowrap">
        <Text size="sm" c="dimmed" visibleFrom="xs">
          {name}
        </Text>
        <Button variant="default" size="xs" onClick={() => void signOut()}>
          Sign out
        </Button>
      </Group>
    </Group>
  );
}

const Places = () => places.map((place) => <Place key={place.href} {...place} />);

function Place({ href, label }: { href: string; label: string }) {
  const [, go] = useLocation();
  const [isHere] = useRoute(href === '/' ? '/' : `${href}/*?`);
  const link = useRef<HTMLAnchorElement>(null);
  // On a phone the places lie beside each other, and not all fit.
  useEffect(() => {
    if (isHere) link.current?.scrollIntoView({ inline: 'center', block: 'nearest' });
  }, [isHere]);
  return (
    <NavLink
      ref={link}
      href={`/operator${href === '/' ? '' : href}`}
      label={label}
      active={isHere}
      {...(isHere && { 'aria-current': 'page' })}
      className="place"
      style={{ borderRadius: 8, whiteSpace: 'nowrap' }}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey) return;
        event.preventDefault();
        go(href);
      }}
    />
  );
}

function NotForYou({ name }: { name: string }) {
  const signOut = useSignOut();
  return (
    <Stack component="main" maw={460} mx="auto" p="lg" pt={80}>
      <Paper withBorder p="lg" radius="lg">
        <Title order={1} size="h3" mb="xs">
          This console is for operators
        </Title>
        <Text mb="md">You are signed in as {name}, who is none.</Text>
        <Group>
          <Button onClick={() => void signOut()}>Sign out</Button>
          <Button variant="default" component="a" href="/">
            To the game
          </Button>
        </Group>
      </Paper>
    </Stack>
  );
}
