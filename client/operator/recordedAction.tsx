import { Button, type ButtonProps, Group, Modal, Stack } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { Refused } from '../alarm.tsx';
import { Reason, isReason } from './reason.tsx';

interface Props {
  /** On the button that opens the question, and on the two that answer it. */
  words: { open: string; leave: string; confirm: string };
  title: string;
  /** What it will do. */
  children: ReactNode;
  error: unknown;
  /** Resolves when it is done; a refusal is in `error`. */
  act(reason: string): Promise<unknown>;
  looks?: ButtonProps;
  isGrave?: boolean;
}

/** Something that goes on record: before it is done, the console says what it will do and asks why. */
export function RecordedAction({ words, title, children, error, act, looks, isGrave = true }: Props) {
  const [isOpen, setOpen] = useState(false);
  const [reason, setReason] = useState('');
  const [isDoing, setDoing] = useState(false);
  const confirm = async () => {
    setDoing(true);
    // What is refused stays open, with its reason and with what was typed.
    await act(reason).then(
      () => setOpen(false),
      () => undefined,
    );
    setDoing(false);
  };
  return (
    <>
      <Button variant="default" size="sm" {...looks} onClick={() => setOpen(true)}>
        {words.open}
      </Button>
      <Modal
        opened={isOpen}
        onClose={() => setOpen(false)}
        title={title}
        centered
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <Stack>
          {children}
          <Reason reason={reason} change={setReason} />
          {error !== undefined && error !== null && <Refused error={error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setOpen(false)}>
              {words.leave}
            </Button>
            <Button
              {...(isGrave && { color: 'red.8' })}
              disabled={!isReason(reason)}
              loading={isDoing}
              onClick={() => void confirm()}
            >
              {words.confirm}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
