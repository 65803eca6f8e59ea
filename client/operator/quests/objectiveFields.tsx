import {
  Button,
  Fieldset,
  Group,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  TagsInput,
  TextInput,
} from '@mantine/core';
import { Condition } from './conditionFields.tsx';
import { type ObjectiveDraft, isOfData } from './objectiveDraft.ts';
import type { CalendarPeriod, Measure } from '../operations.generated.ts';
import { Faults } from '../panel.tsx';

const measures: Record<Measure, string> = {
  COUNT: 'How many events',
  SUM: 'The sum of a number in them',
  MAX: 'The greatest number in them',
  DISTINCT: 'How many different values in them',
  PERIODS: 'Days, weeks or months with events',
};
const periods: Record<CalendarPeriod, string> = { DAY: 'Days', WEEK: 'Weeks', MONTH: 'Months' };
const options = (labels: Record<string, string>) => Object.entries(labels).map(([value, label]) => ({ value, label }));

interface Props {
  objective: ObjectiveDraft;
  number: number;
  faults: readonly string[];
  /** Where there are steps, the last of them is the target. */
  isTargeted: boolean;
  change(next: ObjectiveDraft): void;
  remove?(): void;
}

/** One thing that a quest counts, as a part of its form. */
export function Objective({ objective, number, faults, isTargeted, change, remove }: Props) {
  const { measure, where } = objective;
  const set = (more: Partial<ObjectiveDraft>) => change({ ...objective, ...more });
  return (
    <Fieldset legend={`Objective ${number}`} p="sm">
      <Stack gap="sm">
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TextInput
            label="Name"
            value={objective.name}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
          <TagsInput
            label="Events"
            description="Types that count, for example MatchWon"
            value={objective.events}
            onChange={(events) => set({ events })}
          />
          <Select
            label="Measure"
            data={options(measures)}
            allowDeselect={false}
            value={measure}
            onChange={(value) => set({ measure: value as Measure })}
          />
          {isOfData(measure) && (
            <TextInput
              label="Of"
              description="A path into the data of an event: match.damage"
              value={objective.of}
              onChange={(event) => set({ of: event.currentTarget.value })}
            />
          )}
          {isTargeted && (
            <NumberInput label="Target" min={1} value={objective.target} onChange={(target) => set({ target })} />
          )}
        </SimpleGrid>
        {measure === 'PERIODS' && <Calendar objective={objective} set={set} />}
        {where.map((condition, index) => (
          <Condition
            key={index}
            condition={condition}
            number={index + 1}
            change={(next) => set({ where: where.with(index, next) })}
            remove={() => set({ where: where.toSpliced(index, 1) })}
          />
        ))}
        <Faults told={faults} />
        <Group>
          <Button
            variant="default"
            size="xs"
            onClick={() => set({ where: [...where, { path: '', op: 'EQ', value: '' }] })}
          >
            One more condition
          </Button>
          {remove && (
            <Button variant="subtle" color="gray" size="xs" onClick={remove} aria-label={`Remove objective ${number}`}>
              Remove
            </Button>
          )}
        </Group>
      </Stack>
    </Fieldset>
  );
}

function Calendar({ objective, set }: { objective: ObjectiveDraft; set(more: Partial<ObjectiveDraft>): void }) {
  return (
    <>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <Select
          label="Periods"
          data={options(periods)}
          allowDeselect={false}
          value={objective.period}
          onChange={(period) => set({ period: period as CalendarPeriod })}
        />
        <NumberInput
          label="Events that fill one"
          min={1}
          value={objective.perPeriod}
          onChange={(perPeriod) => set({ perPeriod })}
        />
        <NumberInput
          label="Hours of grace"
          min={0}
          max={23}
          value={objective.graceHours}
          onChange={(graceHours) => set({ graceHours })}
        />
        <NumberInput
          label="Freezes"
          min={0}
          max={1000}
          value={objective.freezes}
          onChange={(freezes) => set({ freezes })}
        />
      </SimpleGrid>
      <Switch
        label="Only those in a row count"
        checked={objective.consecutive}
        onChange={(event) => set({ consecutive: event.currentTarget.checked })}
      />
    </>
  );
}
