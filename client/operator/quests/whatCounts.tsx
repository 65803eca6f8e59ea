import { Button, Group, SegmentedControl, Select, SimpleGrid, Stack } from '@mantine/core';
import type { Draft } from './draft.ts';
import { emptyObjective } from './objectiveDraft.ts';
import { Objective } from './objectiveFields.tsx';
import type { Completes, QuestForm } from '../operations.generated.ts';
import { Faults, Panel } from '../panel.tsx';
import { SimpleForm } from './simpleForm.tsx';

export interface PartProps {
  draft: Draft;
  /** The rules' own sentences; each begins with the path of what is wrong. */
  told: readonly string[];
  faults: Partial<Record<string, string>>;
  isKnown: boolean;
  change(draft: Draft): void;
}

/** The part of a quest's form that says what moves it, in one of two forms. */
export function WhatCounts(props: PartProps) {
  const { draft, change } = props;
  return (
    <Panel title="What counts">
      <Stack>
        <SegmentedControl
          aria-label="How it is said"
          value={draft.form}
          data={[
            { value: 'SIMPLE', label: 'One type of event' },
            { value: 'OBJECTIVES', label: 'Objectives' },
          ]}
          onChange={(form) => change({ ...draft, form: form as QuestForm })}
          style={{ alignSelf: 'flex-start' }}
        />
        {draft.form === 'SIMPLE' ? <SimpleForm {...props} /> : <Objectives {...props} />}
      </Stack>
    </Panel>
  );
}

function Objectives({ draft, told, change }: PartProps) {
  const { objectives, completes } = draft;
  const add = () => {
    const name = `goal-${objectives.length + 1}`;
    change({ ...draft, objectives: [...objectives, { ...emptyObjective, name }] });
  };
  return (
    <>
      {objectives.map((objective, index) => (
        <Objective
          key={index}
          objective={objective}
          number={index + 1}
          faults={told.filter((fault) => fault.startsWith(`objectives[${index}]`))}
          isTargeted={draft.steps.length === 0}
          change={(next) => change({ ...draft, objectives: objectives.with(index, next) })}
          {...(objectives.length > 1 && {
            remove: () => change({ ...draft, objectives: objectives.toSpliced(index, 1) }),
          })}
        />
      ))}
      <Faults told={told.filter((fault) => /^(objectives |completes)/.test(fault))} />
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <Group align="flex-end">
          <Button variant="default" size="xs" onClick={add}>
            One more objective
          </Button>
        </Group>
        {objectives.length > 1 && (
          <Select
            label="It is completed by"
            data={[
              { value: 'ALL', label: 'All of them together' },
              { value: 'ANY', label: 'Each of them' },
            ]}
            allowDeselect={false}
            value={completes}
            onChange={(value) => change({ ...draft, completes: value as Completes })}
          />
        )}
      </SimpleGrid>
    </>
  );
}
