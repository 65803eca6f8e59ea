import { useMutation } from '@apollo/client/react';
import { Button, Modal, Stack, Text } from '@mantine/core';
import { Refused } from '../alarm.tsx';
import { shownByHook } from '../fault.ts';
import { ItemPicture } from './icons.tsx';
import { ClaimDocument } from './operations.generated.ts';
import type { Popup } from './popups.ts';
import { Rewards, payouts } from './rewards.tsx';

interface Props {
  popup: Popup;
  /** How many more wait behind this one. */
  others: number;
  putAway(popup: Popup): void;
  refresh(): void;
}

/** A completed quest, wherever the player is; one press claims it. */
export function PopupDialog({ popup, others, putAway, refresh }: Props) {
  const { quest, rewards, status, id } = popup.completion;
  const close = () => putAway(popup);
  const [claim, { loading, error }] = useMutation(ClaimDocument, {
    variables: { completionId: id },
    onCompleted() {
      close();
      refresh();
    },
  });
  return (
    <Modal.Root opened onClose={close} centered size="sm" classNames={{ content: 'popup', title: 'popup-title' }}>
      <Modal.Overlay backgroundOpacity={0.65} />
      <Modal.Content radius="lg">
        <Modal.Body p="xl">
          <Stack align="center" gap="xs" ta="center">
            <div className="popup-picture">
              <ItemPicture item={rewards[0]?.item ?? ''} size={84} />
            </div>
            <Text size="sm" fw={650} className="popup-eyebrow">
              Quest complete
            </Text>
            <Modal.Title>{quest.title}</Modal.Title>
            <Rewards rewards={payouts(rewards)} size="xl" />
            {error && <Refused error={error} w="100%" />}
            {status === 'CLAIMABLE' ? (
              <>
                <Button
                  size="lg"
                  fullWidth
                  mt="md"
                  data-autofocus
                  loading={loading}
                  onClick={() => void claim().catch(shownByHook)}
                >
                  Claim
                </Button>
                <Button variant="subtle" color="gray" onClick={close}>
                  Later
                </Button>
              </>
            ) : (
              <>
                <Text c="dimmed">It is in your wallet.</Text>
                <Button size="lg" fullWidth mt="md" data-autofocus onClick={close}>
                  Continue
                </Button>
              </>
            )}
            {others > 0 && (
              <Text size="sm" c="dimmed">
                {others} more after this one
              </Text>
            )}
          </Stack>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
