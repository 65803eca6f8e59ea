import { Select, Stack, TextInput } from '@mantine/core';
import type { Backfill, BudgetInput, InFlight } from '../operations.generated.ts';

/** What storing does beside what is stored, as it stands in the form. */
export interface PublicationDraft {
  inFlight: InFlight;
  backfill: Backfill;
  /** 1000 GOLD, 50 DIAMOND */
  maxPayout: string;
}

export const plainly: PublicationDraft = { inFlight: 'KEEP', backfill: 'NONE', maxPayout: '' };

/** What cannot be read is sent as it is, for the rules to refuse. */
export function publicationOf({ inFlight, backfill, maxPayout }: PublicationDraft) {
  const parts = backfill === 'NONE' ? [] : maxPayout.split(',').filter((part) => part.trim() !== '');
  const budget = parts.map((part): BudgetInput => {
    const [quantity = '', item = ''] = part.trim().split(/\s+/);
    return { item, quantity: Number.isSafeInteger(Number(quantity)) ? Number(quantity) : 0 };
  });
  return { inFlight, backfill, maxPayout: budget };
}

const flights: Record<InFlight, string> = {
  KEEP: 'End by the version under which they began',
  MOVE: 'Go on by the new version',
};
const pasts: Record<Backfill, string> = {
  NONE: 'Stays as it was',
  SILENT: 'Counts and pays, without popups',
  NOTIFY: 'Counts and pays, and popups show it',
};
const options = (labels: Record<string, string>) => Object.entries(labels).map(([value, label]) => ({ value, label }));

interface Props {
  publication: PublicationDraft;
  change(next: PublicationDraft): void;
  /** It exists, so that attempts may be under way. */
  isKnown: boolean;
}

/** What becomes of attempts under way, and of what has happened before. */
export function PublicationFields({ publication, change, isKnown }: Props) {
  return (
    <Stack gap="sm">
      {isKnown && (
        <Select
          label="Attempts that have begun"
          data={options(flights)}
          allowDeselect={false}
          value={publication.inFlight}
          onChange={(inFlight) => change({ ...publication, inFlight: inFlight as InFlight })}
        />
      )}
      <Select
        label="What has happened before"
        data={options(pasts)}
        allowDeselect={false}
        value={publication.backfill}
        onChange={(backfill) => change({ ...publication, backfill: backfill as Backfill })}
      />
      {publication.backfill !== 'NONE' && (
        <TextInput
          label="Paid for it at most"
          description="1000 GOLD, 50 DIAMOND; no bound when empty"
          value={publication.maxPayout}
          onChange={(event) => change({ ...publication, maxPayout: event.currentTarget.value })}
        />
      )}
    </Stack>
  );
}
