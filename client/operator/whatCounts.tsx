import { Autocomplete, NumberInput, Select, SimpleGrid } from '@mantine/core';
import { type Draft, withPeriod } from './draft.ts';
import type { QuestPeriod } from './operations.generated.ts';
import { Panel } from './panel.tsx';
import { periods } from './period.ts';
import { textFields } from './textFields.tsx';

interface Props {
  draft: Draft;
  faults: Partial<Record<string, string>>;
  isKnown: boolean;
  mayEnd: boolean;
  change(draft: Draft): void;
}

/** The part of a quest's form that says what moves it: events or the calendar, how often, from when until when. */
export function WhatCounts({ draft, faults, isKnown, mayEnd, change }: Props) {
  const count = (
    field: 'streak' | 'duplication' | 'graceHours' | 'freezes',
    label: string,
    more: { min: number; max?: number; description?: string } = { min: 1 },
  ) => (
    <NumberInput
      label={label}
      {...more}
      value={draft[field]}
      error={faults[field]}
      onChange={(value) => change({ ...draft, [field]: value })}
    />
  );
  const text = textFields(draft, faults, change);
  const noun = draft.period.toLowerCase();
  const endless = 'It was created without an end and never gets one';
  return (
    <Panel title="What counts">
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        {text('trigger', 'Event that counts', 'UserSignIn counts first sign-ins too', isKnown)}
        <Select
          label="A streak is made of"
          description="Events, or the days, weeks or months in which one happens"
          data={Object.entries(periods).map(([value, { name }]) => ({ value, label: name }))}
          allowDeselect={false}
          value={draft.period}
          error={faults['period']}
          onChange={(period) => change(withPeriod(draft, period as QuestPeriod))}
        />
        {count('streak', periods[draft.period].toComplete)}
        {count('duplication', 'Completions per player, at most')}
      </SimpleGrid>
      {draft.period !== 'EVENT' && (
        <SimpleGrid cols={{ base: 1, sm: 3 }} mt="md">
          <Autocomplete
            label="Time zone"
            description="Each player's own when empty"
            placeholder="Europe/Berlin"
            data={zones}
            limit={20}
            value={draft.timeZone}
            error={faults['timeZone']}
            onChange={(timeZone) => change({ ...draft, timeZone })}
          />
          {count('graceHours', 'Hours of grace', {
            min: 0,
            max: 23,
            description: `So long after its end a ${noun} may still be filled`,
          })}
          {count('freezes', 'Freezes', {
            min: 0,
            max: 1000,
            description: `So many ${noun}s of a streak may be missed`,
          })}
        </SimpleGrid>
      )}
      <SimpleGrid cols={{ base: 1, sm: 2 }} mt="md">
        {text('startsAt', 'Starts at', '2026-11-21T09:30:00Z; now when empty; never changes', isKnown)}
        {text(
          'endsAt',
          'Ends at',
          mayEnd ? 'After the start; a quest without an end never gets one' : endless,
          !mayEnd,
        )}
      </SimpleGrid>
    </Panel>
  );
}

const zones = Intl.supportedValuesOf('timeZone');
