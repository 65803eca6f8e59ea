import { Button, Fieldset, Group, NumberInput, Stack, Switch } from '@mantine/core';
import { type RewardDraft, type StepDraft, emptyReward } from './draft.ts';
import { Faults, Panel } from '../panel.tsx';
import { Reward } from './rewardFields.tsx';
import type { PartProps } from './whatCounts.tsx';

/** The part of a quest's form that says what completions pay: all of them the same, or each step its own. */
export function WhatItPays({ draft, told, change }: PartProps) {
  const { steps } = draft;
  const paying = (of: string) => told.filter((fault) => fault.startsWith(of));
  const addStep = () => {
    const last = Number(steps.at(-1)?.target ?? 0);
    const rewards = steps.length === 0 ? draft.rewards : [emptyReward];
    change({ ...draft, steps: [...steps, { target: last + 1, rewards }] });
  };
  return (
    <Panel title="What it pays">
      <Stack gap="sm">
        {steps.length === 0 ? (
          <Rewards rewards={draft.rewards} change={(rewards) => change({ ...draft, rewards })} />
        ) : (
          steps.map((step, index) => (
            <Step
              key={index}
              step={step}
              number={index + 1}
              change={(next) => change({ ...draft, steps: steps.with(index, next) })}
              remove={() => change({ ...draft, steps: steps.toSpliced(index, 1) })}
            />
          ))
        )}
        <Faults told={[...paying('rewards'), ...paying('steps')]} />
        <Group>
          <Button variant="default" size="xs" onClick={addStep}>
            {steps.length === 0 ? 'Pay in steps' : 'One more step'}
          </Button>
        </Group>
        <Switch
          label="Pays at once, without a claim"
          checked={draft.autoClaim}
          onChange={(event) => change({ ...draft, autoClaim: event.currentTarget.checked })}
        />
      </Stack>
    </Panel>
  );
}

interface StepProps {
  step: StepDraft;
  number: number;
  change(next: StepDraft): void;
  remove(): void;
}

function Step({ step, number, change, remove }: StepProps) {
  return (
    <Fieldset legend={`Step ${number}`} p="sm">
      <Stack gap="xs">
        <Group align="flex-end">
          <NumberInput
            label="Reached at"
            min={1}
            w={140}
            value={step.target}
            onChange={(target) => change({ ...step, target })}
          />
          <Button variant="subtle" color="gray" onClick={remove} aria-label={`Remove step ${number}`}>
            Remove step
          </Button>
        </Group>
        <Rewards rewards={step.rewards} change={(rewards) => change({ ...step, rewards })} />
      </Stack>
    </Fieldset>
  );
}

function Rewards({ rewards, change }: { rewards: RewardDraft[]; change(next: RewardDraft[]): void }) {
  return (
    <Stack gap="xs">
      {rewards.map((reward, index) => (
        <Reward
          key={index}
          reward={reward}
          number={index + 1}
          change={(next) => change(rewards.with(index, next))}
          remove={() => change(rewards.toSpliced(index, 1))}
        />
      ))}
      <Group>
        <Button variant="default" size="xs" onClick={() => change([...rewards, emptyReward])}>
          One more reward
        </Button>
      </Group>
    </Stack>
  );
}
