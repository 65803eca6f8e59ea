import { TextInput } from '@mantine/core';

export const isReason = (reason: string) => reason.trim() !== '';

/** Why an operator does something; it is asked for before anything is stored. */
export function Reason({ reason, change, who = 'operators read it in the audit log' }: Props) {
  return (
    <TextInput
      label="Reason"
      description={`Up to 200 characters; ${who}`}
      maxLength={200}
      value={reason}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}

interface Props {
  reason: string;
  change(reason: string): void;
  who?: string;
}
