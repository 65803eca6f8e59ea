import { useQuery } from '@apollo/client/react';
import { Autocomplete, Button, SimpleGrid, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import type { EventFilter } from './events.generated.ts';
import { PlayersDocument } from '../operations.generated.ts';

/** What is typed into the fields. */
export interface Typed {
  type: string;
  player: string;
  from: string;
  to: string;
}

const empty: Typed = { type: '', player: '', from: '', to: '' };

export interface Filtering {
  typed: Typed;
  /** What the graph is asked for; undefined as long as it is not known which player is meant. */
  filter: EventFilter | undefined;
  /** Names that begin like the one that is typed. */
  names: readonly string[];
  /** What is wrong with the player. */
  unknown: string | undefined;
  change(changes: Partial<Typed>): void;
  clear(): void;
}

const instantOf = (local: string) => (local ? new Date(local).toISOString() : null);

/** `changed` is called with every key. */
export function useFiltering(changed: () => void): Filtering {
  const [typed, setTyped] = useState(empty);
  const [settled] = useDebouncedValue(typed, 200);
  const search = settled.player.trim().toLowerCase();
  const { data } = useQuery(PlayersDocument, { variables: { search }, skip: search === '' });
  const users = search === '' ? [] : data?.users.nodes;
  const user = users?.find(({ id, name }) => name.toLowerCase() === search || id === search);
  const isKnown = search === '' || user !== undefined;
  return {
    typed,
    filter: isKnown
      ? {
          type: settled.type.trim() || null,
          userId: user?.id ?? null,
          from: instantOf(settled.from),
          to: instantOf(settled.to),
        }
      : undefined,
    names: users?.map(({ name }) => name) ?? [],
    unknown: isKnown || !users ? undefined : users.length > 0 ? 'Whom do you mean?' : 'Nobody is called this.',
    change(changes) {
      changed();
      setTyped((before) => ({ ...before, ...changes }));
    },
    clear() {
      changed();
      setTyped(empty);
    },
  };
}

/** The fields by which events are chosen. `types`: what is suggested. */
export function FilterFields({ filtering, types }: { filtering: Filtering; types: readonly string[] }) {
  const { typed, names, unknown, change } = filtering;
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }} spacing="xs" mb="sm">
      <Autocomplete
        label="Type"
        placeholder="UserSignIn"
        size="xs"
        data={[...types]}
        value={typed.type}
        onChange={(type) => change({ type })}
      />
      <Autocomplete
        label="Player"
        placeholder="Name or id"
        size="xs"
        data={[...new Set(names)]}
        filter={({ options }) => options}
        error={unknown}
        value={typed.player}
        onChange={(player) => change({ player })}
      />
      <TextInput
        label="From"
        type="datetime-local"
        size="xs"
        value={typed.from}
        onChange={(event) => change({ from: event.currentTarget.value })}
      />
      <TextInput
        label="To"
        type="datetime-local"
        size="xs"
        value={typed.to}
        onChange={(event) => change({ to: event.currentTarget.value })}
      />
    </SimpleGrid>
  );
}

export const Clear = ({ filtering: { typed, clear } }: { filtering: Filtering }) => (
  <Button variant="default" size="xs" disabled={Object.values(typed).every((text) => !text)} onClick={clear}>
    Clear
  </Button>
);
