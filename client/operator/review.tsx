import { Button, Group, Modal, Table, Text } from '@mantine/core';
import type { Change } from './draft.ts';

interface Props {
  changed: readonly Change[];
  isKnown: boolean;
  isStoring: boolean;
  back(): void;
  store(): void;
}

/** What storing will do, before it is done. */
export function Review({ changed, isKnown, isStoring, back, store }: Props) {
  return (
    <Modal opened onClose={back} title={isKnown ? 'This will change' : 'This will be created'} size="lg" centered>
      <Table>
        <Table.Tbody>
          {changed.map(({ field, before, after }) => (
            <Table.Tr key={field}>
              <Table.Th scope="row">{field}</Table.Th>
              {before !== undefined && (
                <Table.Td>
                  <del>{before || 'nothing'}</del>
                </Table.Td>
              )}
              <Table.Td>{after || 'nothing'}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {isKnown && (
        <Text size="sm" c="dimmed" mt="sm">
          It becomes a new version. What players have completed stays completed.
        </Text>
      )}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={back}>
          Back
        </Button>
        <Button loading={isStoring} onClick={store}>
          Store
        </Button>
      </Group>
    </Modal>
  );
}
