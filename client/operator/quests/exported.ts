import { useApolloClient } from '@apollo/client/react';
import { useCallback, useEffect, useState } from 'react';
import { ExportQuestsDocument } from '../operations.generated.ts';

/** Where an export was cut, it ends with this line. */
const cut = /^# There are more: exportQuests\(after: "([^"]+)"\)\n/m;

/** All quests as YAML, however many parts they come in. */
export function useExport() {
  const client = useApolloClient();
  const [state, setState] = useState<{ exported?: string; error?: unknown }>({});
  const refetch = useCallback(async () => {
    try {
      let exported = '';
      for (let after: string | undefined = ''; after !== undefined;) {
        const { data } = await client.query({
          query: ExportQuestsDocument,
          variables: { after },
          fetchPolicy: 'no-cache',
        });
        const part: string = data!.exportQuests;
        after = cut.exec(part)?.[1];
        exported += part.replace(cut, '');
      }
      setState({ exported });
    } catch (error) {
      setState({ error });
    }
  }, [client]);
  useEffect(() => void refetch(), [refetch]);
  return { ...state, refetch };
}
