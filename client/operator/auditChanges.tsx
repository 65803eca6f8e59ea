import { Text } from '@mantine/core';

interface Change {
  field: string;
  before?: string | null;
  after?: string | null;
}

/** What an action changed, a line each. */
export function AuditChanges({ changes }: { changes: readonly Change[] }) {
  return changes.map(({ field, before, after }) => (
    <Text key={field} size="sm">
      {field}: {before && <del>{before}</del>} {after ?? 'nothing'}
    </Text>
  ));
}
