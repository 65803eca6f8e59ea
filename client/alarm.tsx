import { Alert, type AlertProps } from '@mantine/core';
import { inWords } from './fault.ts';

/** What went wrong; a screen reader says it at once. */
export const Alarm = (props: AlertProps) => <Alert color="red" variant="light" role="alert" {...props} />;

/** Why the graph did not do it; an import may have a fault in each of several lines. */
export const Refused = ({ error, ...place }: AlertProps & { error: unknown }) => (
  <Alarm style={{ whiteSpace: 'pre-line' }} {...place}>
    {inWords(error)}
  </Alarm>
);
