import { Group, TextInput } from '@mantine/core';

/** Two instants by the clock of whoever sits before the screen, as they are typed; an empty one is open. */
export interface Span {
  from: string;
  to: string;
}

export const openSpan: Span = { from: '', to: '' };
const instantOf = (local: string) => (local ? new Date(local).toISOString() : null);
export const instantsOf = ({ from, to }: Span) => ({ from: instantOf(from), to: instantOf(to) });

interface Props {
  span: Span;
  change(span: Span): void;
  /** What an empty field means. */
  told?: { from: string; to: string };
}

export function SpanFields({ span, change, told }: Props) {
  const field = (name: keyof Span, label: string) => (
    <TextInput
      label={label}
      description={told?.[name]}
      type="datetime-local"
      value={span[name]}
      onChange={(event) => change({ ...span, [name]: event.currentTarget.value })}
    />
  );
  return (
    <Group grow>
      {field('from', 'From')}
      {field('to', 'To')}
    </Group>
  );
}
