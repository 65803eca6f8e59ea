import { NumberInput, Select, SimpleGrid } from '@mantine/core';
import { type Draft, withPeriod } from './draft.ts';
import type { QuestPeriod } from '../operations.generated.ts';
import { periods } from './period.ts';
import { textFields } from './textFields.tsx';
import type { PartProps } from './whatCounts.tsx';

/** Numbers of a quest's form; what is wrong with one stands below it. */
export const numberFields = (draft: Draft, faults: PartProps['faults'], change: PartProps['change']) =>
  function number(
    field: 'streak' | 'duplication' | 'graceHours' | 'freezes',
    label: string,
    more: { min: number; max?: number; description?: string } = { min: 1 },
  ) {
    return (
      <NumberInput
        label={label}
        {...more}
        value={draft[field]}
        error={faults[field]}
        onChange={(value) => change({ ...draft, [field]: value })}
      />
    );
  };

/** One type of event, so often, or on so many days in a row. */
export function SimpleForm({ draft, faults, change }: PartProps) {
  const number = numberFields(draft, faults, change);
  const text = textFields(draft, faults, change);
  const noun = draft.period.toLowerCase();
  return (
    <>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        {text('trigger', 'Event that counts', 'UserSignIn counts first sign-ins too')}
        <Select
          label="A streak is made of"
          description="Events, or the days, weeks or months in which one happens"
          data={Object.entries(periods).map(([value, { name }]) => ({ value, label: name }))}
          allowDeselect={false}
          value={draft.period}
          error={faults['period']}
          onChange={(period) => change(withPeriod(draft, period as QuestPeriod))}
        />
        {draft.steps.length === 0 && number('streak', periods[draft.period].toComplete)}
      </SimpleGrid>
      {draft.period !== 'EVENT' && (
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          {number('graceHours', 'Hours of grace', {
            min: 0,
            max: 23,
            description: `So long after its end a ${noun} may still be filled`,
          })}
          {number('freezes', 'Freezes', {
            min: 0,
            max: 1000,
            description: `So many ${noun}s of a streak may be missed`,
          })}
        </SimpleGrid>
      )}
    </>
  );
}
