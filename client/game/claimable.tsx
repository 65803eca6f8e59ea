import { useMutation } from '@apollo/client/react';
import { Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { Refused } from '../alarm.tsx';
import { shownByHook } from '../fault.ts';
import { ClaimAllDocument, ClaimDocument, type EarnedFragment } from './operations.generated.ts';
import { Rewards, payouts } from './rewards.tsx';

/** Rewards that wait to be claimed: popups that were put off, and those of other devices. */
export function Claimable({ completions, refresh }: { completions: readonly EarnedFragment[]; refresh: () => void }) {
  const settled = { onCompleted: refresh };
  const [claim, { loading: isClaiming, error: refused }] = useMutation(ClaimDocument, settled);
  const [claimAll, { loading: isClaimingAll, error: refusedAll }] = useMutation(ClaimAllDocument, settled);
  const waiting = completions.filter(({ status }) => status === 'CLAIMABLE');
  const fault = refused ?? refusedAll;
  if (waiting.length === 0) return null;
  return (
    <Paper component="section" withBorder p="md" radius="lg" aria-labelledby="claimable">
      <Title order={2} size="h4" mb="xs" id="claimable">
        Waiting for you
      </Title>
      {fault && <Refused error={fault} mb="xs" />}
      <Stack gap="sm">
        {waiting.map(({ id, quest, rewards }) => (
          <Group key={id} justify="space-between" wrap="nowrap" gap="xs">
            <Stack gap={4} miw={0}>
              <Text fw={600}>{quest.title}</Text>
              <Rewards rewards={payouts(rewards)} />
            </Stack>
            <Button
              size="sm"
              loading={isClaiming}
              onClick={() => void claim({ variables: { completionId: id } }).catch(shownByHook)}
            >
              Claim
            </Button>
          </Group>
        ))}
        {waiting.length > 1 && (
          <Button variant="light" loading={isClaimingAll} onClick={() => void claimAll().catch(shownByHook)}>
            Claim all
          </Button>
        )}
      </Stack>
    </Paper>
  );
}
