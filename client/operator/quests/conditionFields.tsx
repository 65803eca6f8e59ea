import { Button, Group, Select, TextInput } from '@mantine/core';
import type { ConditionDraft } from './objectiveDraft.ts';
import type { Operator } from '../operations.generated.ts';

const operators: Record<Operator, string> = {
  EQ: 'is',
  NE: 'is not',
  GT: 'is more than',
  GTE: 'is at least',
  LT: 'is less than',
  LTE: 'is at most',
  IN: 'is one of',
  EXISTS: 'is there',
};

interface Props {
  condition: ConditionDraft;
  number: number;
  change(next: ConditionDraft): void;
  remove(): void;
}

/** A condition on the data of an event, as a row of the form. */
export function Condition({ condition, number, change, remove }: Props) {
  const { path, op, value } = condition;
  return (
    <Group align="flex-end" gap="sm" role="group" aria-label={`Condition ${number}`}>
      <TextInput
        label="Path"
        placeholder="match.mode"
        value={path}
        onChange={(event) => change({ ...condition, path: event.currentTarget.value })}
      />
      <Select
        label="Compared"
        data={Object.entries(operators).map(([value, label]) => ({ value, label }))}
        allowDeselect={false}
        w={150}
        value={op}
        onChange={(next) => change({ ...condition, op: next as Operator })}
      />
      <TextInput
        label="Value"
        placeholder={op === 'EXISTS' ? 'true' : op === 'IN' ? 'ranked, casual' : 'ranked'}
        value={value}
        onChange={(event) => change({ ...condition, value: event.currentTarget.value })}
      />
      <Button variant="subtle" color="gray" onClick={remove} aria-label={`Remove condition ${number}`}>
        Remove
      </Button>
    </Group>
  );
}
