import { TextInput } from '@mantine/core';
import type { Draft } from './draft.ts';

type TextField = 'name' | 'title' | 'category' | 'trigger' | 'cooldown' | 'startsAt' | 'endsAt';

/** The parts of a quest's form that are one line of text each; what is wrong with one stands below it. */
export const textFields = (draft: Draft, faults: Partial<Record<string, string>>, change: (draft: Draft) => void) =>
  function text(field: TextField, label: string, description: string, isFixed = false) {
    return (
      <TextInput
        label={label}
        description={description}
        value={draft[field]}
        error={faults[field]}
        disabled={isFixed}
        onChange={(event) => change({ ...draft, [field]: event.currentTarget.value })}
      />
    );
  };
