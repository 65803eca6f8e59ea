import './styles.ts';
import { relayStylePagination } from '@apollo/client/utilities';
import { MantineProvider } from '@mantine/core';
import { createRoot } from 'react-dom/client';
import { openGraph } from '../graph.ts';
import { GraphProvider } from '../signedIn.tsx';
import { theme } from '../theme.ts';
import { Game } from './game.tsx';

const graph = openGraph('questline.game', {
  typePolicies: {
    User: { fields: { events: relayStylePagination(), wallet: { merge: true } } },
    Wallet: { fields: { ledger: relayStylePagination() } },
  },
});

createRoot(document.getElementById('root')!).render(
  <MantineProvider theme={theme} defaultColorScheme="auto">
    <GraphProvider graph={graph}>
      <Game />
    </GraphProvider>
  </MantineProvider>,
);
