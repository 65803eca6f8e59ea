import { Badge, Group } from '@mantine/core';
import { amountInWords } from '../words.ts';
import { ItemPicture } from './icons.tsx';

/** What a completion pays, as the rewards of its quest are shown. */
export const payouts = (rewards: readonly { item: string; quantity: number }[]) =>
  rewards.map(({ item, quantity }, n) => ({ id: `${n} ${item}`, item, name: amountInWords(item, quantity) }));

/** What a quest or a completion pays. */
export function Rewards({
  rewards,
  size = 'lg',
}: {
  rewards: readonly { id: string; name: string; item: string }[];
  size?: 'lg' | 'xl';
}) {
  return (
    <Group gap={6} justify="inherit">
      {rewards.map(({ id, name, item }) => (
        <Badge
          key={id}
          size={size}
          variant="default"
          tt="none"
          fw={600}
          leftSection={<ItemPicture item={item} size={size === 'xl' ? 20 : 16} />}
        >
          {name}
        </Badge>
      ))}
    </Group>
  );
}
