import { useMutation } from '@apollo/client/react';
import { Button } from '@mantine/core';
import { useLocation } from 'wouter';
import { Refused } from '../../alarm.tsx';
import { shownByHook } from '../../fault.ts';
import { PreviewBackfillDocument } from '../backfills/backfills.generated.ts';

/** Counts what a backfill of the quest as it is would pay, and pays nothing. */
export function Preview({ questId }: { questId: string }) {
  const [, go] = useLocation();
  const [preview, { error, loading }] = useMutation(PreviewBackfillDocument, {
    variables: { questId },
    onCompleted: () => go('/backfills'),
  });
  return (
    <>
      {error && <Refused error={error} />}
      <Button variant="default" size="sm" loading={loading} onClick={() => void preview().catch(shownByHook)}>
        What the past would pay
      </Button>
    </>
  );
}
