import { Button, Group, Modal, Stack, Table, Text } from '@mantine/core';
import { useState } from 'react';
import type { Change } from './draftChanges.ts';
import { type PublicationDraft, PublicationFields, plainly } from './publication.tsx';
import { Reason, isReason } from '../reason.tsx';

interface Props {
  changed: readonly Change[];
  isKnown: boolean;
  isStoring: boolean;
  back(): void;
  store(reason: string, publication: PublicationDraft): void;
}

/** What storing will do, before it is done, and why. */
export function Review({ changed, isKnown, isStoring, back, store }: Props) {
  const [reason, setReason] = useState('');
  const [publication, setPublication] = useState(plainly);
  return (
    <Modal
      opened
      onClose={back}
      title={isKnown ? 'This will change' : 'This will be created'}
      size="lg"
      centered
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
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
      <Stack gap="sm" mt="sm">
        {isKnown && (
          <Text size="sm" c="dimmed">
            It becomes a new version. What players have completed stays completed.
          </Text>
        )}
        <PublicationFields publication={publication} change={setPublication} isKnown={isKnown} />
        <Reason reason={reason} change={setReason} />
      </Stack>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={back}>
          Back
        </Button>
        <Button loading={isStoring} disabled={!isReason(reason)} onClick={() => store(reason, publication)}>
          Store
        </Button>
      </Group>
    </Modal>
  );
}
