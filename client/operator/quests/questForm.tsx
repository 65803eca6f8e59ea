import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { Button, Group, SimpleGrid, Stack, Switch, TagsInput, Textarea } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Refused } from '../../alarm.tsx';
import { shownByHook } from '../../fault.ts';
import type { Draft } from './draft.ts';
import { changes, faultsByField } from './draftChanges.ts';
import { HowOften } from './howOften.tsx';
import { Panel } from '../panel.tsx';
import type { PublicationDraft } from './publication.tsx';
import { Review } from './review.tsx';
import { textFields } from './textFields.tsx';
import { WhatCounts } from './whatCounts.tsx';
import { WhatItPays } from './whatItPays.tsx';

interface Props {
  /** What is stored; of a new quest what stands in the form at first. */
  initial: Draft;
  /** What stands in the form at first, where that is something else. */
  typed?: Draft | undefined;
  /** It exists: what never changes cannot be typed into. */
  isKnown?: boolean;
  /** It was created with an end; others never get one. */
  mayEnd?: boolean;
  error: unknown;
  /** What can be done about the error. */
  remedy?: ReactNode;
  store(draft: Draft, reason: string, publication: PublicationDraft): Promise<void>;
}

/** A quest as a form. Before anything is stored it shows what will change; what is refused is told beside its field, and nothing typed is lost. */
export function QuestForm({ initial, typed, isKnown = false, mayEnd = true, error, remedy, store }: Props) {
  const [draft, setDraft] = useState(typed ?? initial);
  const [isReviewing, setReviewing] = useState(false);
  const [isStoring, setStoring] = useState(false);
  const set = (change: Partial<Draft>) => setDraft({ ...draft, ...change });
  const said = CombinedGraphQLErrors.is(error)
    ? (error.errors[0]?.extensions?.['faults'] as string[] | undefined)
    : undefined;
  const told = said ?? [];
  const faults = faultsByField(told);
  const changed = changes(isKnown ? initial : undefined, draft);
  const review = (event: FormEvent) => {
    event.preventDefault();
    setReviewing(true);
  };
  const confirm = async (reason: string, publication: PublicationDraft) => {
    setStoring(true);
    await store(draft, reason, publication).catch(shownByHook);
    setStoring(false);
    setReviewing(false);
  };
  const text = textFields(draft, faults, setDraft);
  const part = { draft, told, faults, isKnown, change: setDraft };

  return (
    <form onSubmit={review} noValidate aria-label="Quest">
      <Stack>
        {error !== undefined && (!said || faults['']) && <Refused error={error} />}
        {remedy}
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
        <WhatCounts {...part} />
        <HowOften {...part} mayEnd={mayEnd} />
        <WhatItPays {...part} />
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
          store={(reason, publication) => void confirm(reason, publication)}
        />
      )}
    </form>
  );
}
