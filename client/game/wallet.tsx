import { Group, Paper, Stack, Text, Title } from '@mantine/core';
import { amountInWords } from '../words.ts';
import { ItemPicture } from './icons.tsx';
import type { StandingQuery } from './operations.generated.ts';

/** What the player owns. */
export function WalletPanel({ wallet }: { wallet: NonNullable<StandingQuery['me']>['wallet'] }) {
  const others = wallet.balances.filter(({ item }) => item !== 'GOLD' && item !== 'DIAMOND');
  const shown = [{ item: 'DIAMOND', quantity: wallet.diamonds }, { item: 'GOLD', quantity: wallet.gold }, ...others];
  return (
    <Paper component="section" withBorder p="md" radius="lg" aria-label="Wallet" className="wallet">
      <Title order={2} size="h4" mb="xs">
        Wallet
      </Title>
      <Stack gap={6} aria-live="polite">
        {shown.map(({ item, quantity }) => (
          <Group key={item} gap={8} wrap="nowrap">
            <ItemPicture item={item} size={26} />
            <Text fw={650} size="lg" className="amount">
              {amountInWords(item, quantity)}
            </Text>
          </Group>
        ))}
      </Stack>
    </Paper>
  );
}
