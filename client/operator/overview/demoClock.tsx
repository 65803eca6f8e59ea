import { useApolloClient } from '@apollo/client/react';
import { Button, Group, Text } from '@mantine/core';
import { useCallback, useEffect, useState } from 'react';
import { useSessions } from '../../signedIn.tsx';
import { instantInWords, zoneHere } from '../../words.ts';

/** What time it is in the demo, and a button that moves it on; nothing where the system has no clock of its own. */
export function DemoClock() {
  const sessions = useSessions();
  const apollo = useApolloClient();
  /** Of the demo before this device's clock, in milliseconds. */
  const [ahead, setAhead] = useState<number>();
  const [fault, setFault] = useState('');
  const [, tick] = useState(0);
  const ask = useCallback(
    async (method: 'GET' | 'POST') => {
      const headers = { authorization: `Bearer ${await sessions.accessToken()}` };
      const response = await fetch('/demo/clock', { method, headers });
      if (!response.ok) throw new Error(`The clock answers ${response.status}.`);
      const { now } = (await response.json()) as { now: string };
      setAhead(Date.parse(now) - Date.now());
    },
    [sessions],
  );
  useEffect(() => {
    ask('GET').catch(() => {}); // there is none
    const timer = setInterval(() => tick(Date.now()), 10_000);
    return () => clearInterval(timer);
  }, [ask]);
  if (ahead === undefined) return null;
  const advance = async () => {
    try {
      await ask('POST');
      setFault('');
      await apollo.refetchQueries({ include: 'active' });
    } catch {
      setFault('The clock could not be moved; please try again.');
    }
  };
  return (
    <Group gap="sm">
      <Text size="sm" c="dimmed" role="status">
        {fault || `In the demo it is ${instantInWords(new Date(Date.now() + ahead).toISOString(), zoneHere)}`}
      </Text>
      <Button variant="default" size="xs" onClick={() => void advance()}>
        Advance a day
      </Button>
    </Group>
  );
}
