import { Button, Fieldset, Group, NumberInput, TextInput } from '@mantine/core';
import type { RewardDraft } from './draft.ts';

/** One thing that a completion pays, as a row of the form. */
export function Reward({
  reward,
  number,
  change,
  remove,
}: {
  reward: RewardDraft;
  number: number;
  change(next: RewardDraft): void;
  remove(): void;
}) {
  return (
    <Fieldset legend={`Reward ${number}`} p="sm">
      <Group align="flex-end" gap="sm">
        <TextInput
          label="Item"
          description="GOLD, DIAMOND or an item's name"
          value={reward.item}
          onChange={(event) => change({ ...reward, item: event.currentTarget.value })}
        />
        <NumberInput
          label="Quantity"
          min={1}
          w={110}
          value={reward.quantity}
          onChange={(quantity) => change({ ...reward, quantity })}
        />
        <TextInput
          label="Shown as"
          placeholder="made from item and quantity"
          value={reward.name}
          onChange={(event) => change({ ...reward, name: event.currentTarget.value })}
        />
        <Button variant="subtle" color="gray" onClick={remove} aria-label={`Remove reward ${number}`}>
          Remove
        </Button>
      </Group>
    </Fieldset>
  );
}
