import { Autocomplete, Select, SimpleGrid, TagsInput } from '@mantine/core';
import { hasCalendar } from './draft.ts';
import type { CalendarPeriod } from '../operations.generated.ts';
import { Panel } from '../panel.tsx';
import { numberFields } from './simpleForm.tsx';
import { textFields } from './textFields.tsx';
import type { PartProps } from './whatCounts.tsx';

const zones = Intl.supportedValuesOf('timeZone');
const everyLabels: Record<CalendarPeriod | 'NEVER', string> = {
  NEVER: 'Never',
  DAY: 'Each day',
  WEEK: 'Each week',
  MONTH: 'Each month',
};

/** The part of a quest's form that says for whom and when it is there, and how often. `mayEnd`: it was created with an end; others never get one. */
export function HowOften({ draft, faults, isKnown, change, mayEnd }: PartProps & { mayEnd: boolean }) {
  const text = textFields(draft, faults, change);
  const number = numberFields(draft, faults, change);
  return (
    <Panel title="When and how often">
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        {number('duplication', 'Completions per player, at most')}
        <Select
          label="It begins anew"
          data={Object.entries(everyLabels).map(([value, label]) => ({ value, label }))}
          allowDeselect={false}
          value={draft.every || 'NEVER'}
          error={faults['every']}
          onChange={(every) => change({ ...draft, every: every === 'NEVER' ? '' : (every as CalendarPeriod) })}
        />
        {text('cooldown', 'Cooldown', 'So long after a completion nothing counts: PT1H, P1D; may be empty')}
        {hasCalendar(draft) && (
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
        )}
        <TagsInput
          label="Opens after these quests"
          description="Their unique names"
          value={draft.requires}
          error={faults['requires']}
          onChange={(requires) => change({ ...draft, requires })}
        />
        {text('startsAt', 'Starts at', '2026-11-21T09:30:00Z; now when empty; never changes', isKnown)}
        {text(
          'endsAt',
          'Ends at',
          mayEnd
            ? 'After the start; a quest without an end never gets one'
            : 'It was created without an end and never gets one',
          !mayEnd,
        )}
      </SimpleGrid>
    </Panel>
  );
}
