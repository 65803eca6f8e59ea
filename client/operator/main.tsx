import '@mantine/core/styles.css';
import '../page.css';
import './operator.css';
import { MantineProvider } from '@mantine/core';
import { createRoot } from 'react-dom/client';
import { openGraph } from '../graph.ts';
import { GraphProvider } from '../signedIn.tsx';
import { theme } from '../theme.ts';
import { Console } from './console.tsx';

// A session of its own: an operator may play in the next tab.
const graph = openGraph('questline.operator', {
  typePolicies: {
    // An event's id is its sender's own.
    Event: { keyFields: ['source', 'id'] },
    // A dead letter's id is its subgraph's own, and nothing in it says whose.
    DeadLetter: { keyFields: false },
    Query: {
      fields: {
        user: {
          read(known: unknown, { args, toReference, canRead }) {
            if (known !== undefined) return known;
            const listed = toReference({ __typename: 'User', id: String(args?.['id']) });
            return canRead(listed) ? listed : undefined;
          },
        },
      },
    },
  },
});

createRoot(document.getElementById('root')!).render(
  <MantineProvider theme={theme} defaultColorScheme="auto">
    <GraphProvider graph={graph}>
      <Console />
    </GraphProvider>
  </MantineProvider>,
);
