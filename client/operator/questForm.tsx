import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { Button, Group, SimpleGrid, Stack, Switch, TagsInput, Text, Textarea } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { Refused } from '../alarm.tsx';
import { shownByHook } from '../fault.ts';
import { type Draft, changes, faultsByField } from './draft.ts';
import { Panel } from './panel.tsx';
import { Review } from './review.tsx';
import { Reward } from './rewardFields.tsx';
import { textFields } from './textFields.tsx';
import { WhatCounts } from './whatCounts.tsx';

interface Props {
  initial: Draft;
  /** It exists: what never changes cannot be typed into. */
  isKnown?: boolean;
  /** It was created with an end; others never get one. */
  mayEnd?: boolean;
  error: unknown;
  store(draft: Draft, reason: string): Promise<void>;
}

/** A quest as a form. Before anything is stored it shows what will change; what is refused is told beside its field, and nothing typed is lost. */
export function QuestForm({ initial, isKnown = false, mayEnd = true, error, store }: Props) {
  const [draft, setDraft] = useState(initial);
  const [isReviewing, setReviewing] = useState(false);
  const [isStoring, setStoring] = useState(false);
  const set = (change: Partial<Draft>) => setDraft({ ...draft, ...change });
  const told = CombinedGraphQLErrors.is(error)
    ? (error.errors[0]?.extensions?.['faults'] as string[] | undefined)
    : undefined;
  const faults = faultsByField(told ?? []);
  const changed = changes(isKnown ? initial : undefined, draft);
  const review = (event: FormEvent) => {
    event.preventDefault();
    setReviewing(true);
  };
  const confirm = async (reason: string) => {
    setStoring(true);
    await store(draft, reason).catch(shownByHook);
    setStoring(false);
    setReviewing(false);
  };
  const text = textFields(draft, faults, setDraft);

  return (
    <form onSubmit={review} noValidate aria-label="Quest">
      <Stack>
        {error !== undefined && (!told || faults['']) && <Refused error={error} />}
        <Panel title="What players see">
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            {text('title', 'Title', 'For people, up to 120 characters')}
            {text('name', 'Unique name', 'For programs: a-z, 0-9 and dashes; never changes', isKnown)}
            <Textarea
              label="Description"
              autosize
              minRows={2}
              value={draft.description}
              error={faults['description']}
              onChange={(event) => set({ description: event.currentTarget.value })}
            />
            <Stack gap="sm">
              {text('category', 'Category', 'Where a client shows it, may be empty')}
              <TagsInput label="Tags" value={draft.tags} error={faults['tags']} onChange={(tags) => set({ tags })} />
            </Stack>
          </SimpleGrid>
          <Switch
            mt="md"
            label="Hidden: counts and pays, and is not listed to players"
            checked={draft.hidden}
            onChange={(event) => set({ hidden: event.currentTarget.checked })}
          />
        </Panel>
        <WhatCounts draft={draft} faults={faults} isKnown={isKnown} mayEnd={mayEnd} change={setDraft} />
        <Panel title="What it pays">
          <Stack gap="xs">
            {draft.rewards.map((reward, index) => (
              <Reward
                key={index}
                reward={reward}
                number={index + 1}
                change={(next) => set({ rewards: draft.rewards.with(index, next) })}
                remove={() => set({ rewards: draft.rewards.toSpliced(index, 1) })}
              />
            ))}
            {faults['rewards'] && (
              <Text c="red.8" size="sm">
                {faults['rewards']}
              </Text>
            )}
            <Group>
              <Button
                variant="default"
                size="xs"
                onClick={() => set({ rewards: [...draft.rewards, { item: '', quantity: 1, name: '' }] })}
              >
                One more reward
              </Button>
            </Group>
            <Switch
              label="Pays at once, without a claim"
              checked={draft.autoClaim}
              onChange={(event) => set({ autoClaim: event.currentTarget.checked })}
            />
          </Stack>
        </Panel>
        <Group>
          <Button type="submit" disabled={changed.length === 0}>
            Review and store
          </Button>
        </Group>
      </Stack>
      {isReviewing && (
        <Review
          changed={changed}
          isKnown={isKnown}
          isStoring={isStoring}
          back={() => setReviewing(false)}
          store={(reason) => void confirm(reason)}
        />
      )}
    </form>
  );
}
