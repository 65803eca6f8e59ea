import { Alert } from '@mantine/core';
import { useState } from 'react';
import { useSessions } from '../signedIn.tsx';

/** What the sign-in had to say, such as that the time zone of this device is not known, until it is put away. */
export function Notices() {
  const sessions = useSessions();
  const [notices, setNotices] = useState(sessions.notices);
  return notices.map((notice) => (
    <Alert
      key={notice}
      role="status"
      variant="light"
      mb="lg"
      withCloseButton
      closeButtonLabel="Close"
      onClose={() => setNotices((before) => before.filter((one) => one !== notice))}
    >
      {notice}
    </Alert>
  ));
}
