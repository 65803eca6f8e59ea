import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { Button, Group, Paper, Table } from '@mantine/core';
import { codeOf } from '../../fault.ts';

interface Outdated {
  version: number;
  changes: { field: string; before: string | null; after: string | null }[];
}

/** What somebody else has stored meanwhile, where that is why something was refused. */
export function conflictOf(error: unknown): Outdated | undefined {
  if (!CombinedGraphQLErrors.is(error) || codeOf(error) !== 'CONFLICT') return undefined;
  const { version, changes } = error.errors[0]!.extensions as Partial<Outdated>;
  return version === undefined || changes === undefined ? undefined : { version, changes };
}

/** What the other operator has changed, and the way on. */
export function Conflict({ version, changes, takeUp }: Outdated & { takeUp(): void }) {
  return (
    <Paper withBorder p="md" component="section" aria-label="Changed meanwhile">
      <Table>
        <Table.Tbody>
          {changes.map(({ field, before, after }) => (
            <Table.Tr key={field}>
              <Table.Th scope="row">{field}</Table.Th>
              <Table.Td>
                <del>{before ?? 'nothing'}</del>
              </Table.Td>
              <Table.Td>{after ?? 'nothing'}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Group mt="sm">
        <Button variant="default" size="xs" onClick={takeUp}>
          Take up version {version}, and keep what I typed
        </Button>
      </Group>
    </Paper>
  );
}
