import { useMutation } from '@apollo/client/react';
import { Button, Group, NumberInput, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Refused } from '../../alarm.tsx';
import { codeOf } from '../../fault.ts';
import { randomKey } from '../../game/device.ts';
import { amountInWords } from '../../words.ts';
import { GrantRewardDocument } from '../operations.generated.ts';
import { Panel } from '../panel.tsx';
import { Reason, isReason } from '../reason.tsx';

interface Props {
  user: { id: string; displayName: string; wallet: { balances: readonly { item: string; quantity: number }[] } };
  granted(): void;
}

/** Gives a player something without a completion; says what the player will own then. */
export function Grant({ user, granted }: Props) {
  const [item, setItem] = useState('DIAMOND');
  const [quantity, setQuantity] = useState<number | string>(1);
  const [reason, setReason] = useState('');
  // The same press twice is one grant; another grant has another key.
  const [idempotencyKey, setKey] = useState(randomKey);
  const [grant, { data, loading, error }] = useMutation(GrantRewardDocument, {
    onCompleted() {
      setKey(randomKey());
      setReason('');
      granted();
    },
  });
  const owned = user.wallet.balances.find((one) => one.item === item)?.quantity ?? 0;
  const amount = Number(quantity);
  const isWhole = item.trim() !== '' && Number.isInteger(amount) && amount > 0;
  const give = () =>
    grant({ variables: { userId: user.id, rewards: [{ item, quantity: amount }], reason, idempotencyKey } }).catch(
      // Something else was given under this key; the operator has been told, and what comes now is another grant.
      (refused: unknown) => void (codeOf(refused) === 'CONFLICT' && setKey(randomKey())),
    );
  return (
    <Panel title="Give a reward">
      <Stack gap="sm">
        <Group align="flex-end" gap="sm">
          <TextInput
            label="Item"
            description="GOLD, DIAMOND or an item's name"
            value={item}
            onChange={(event) => setItem(event.currentTarget.value)}
          />
          <NumberInput label="Quantity" min={1} w={110} value={quantity} onChange={setQuantity} />
        </Group>
        <Reason reason={reason} change={setReason} who={`${user.displayName} reads it too`} />
        {isWhole && (
          <Text size="sm" c="dimmed">
            {user.displayName} owns {amountInWords(item, owned)} and will own {amountInWords(item, owned + amount)}.
          </Text>
        )}
        {error && <Refused error={error} />}
        {data && !error && <Text role="status">It was given, and is on record.</Text>}
        <Group>
          <Button disabled={!isWhole || !isReason(reason)} loading={loading} onClick={() => void give()}>
            Give
          </Button>
        </Group>
      </Stack>
    </Panel>
  );
}
