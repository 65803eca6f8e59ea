import { ask, element, find, onSubmit, whenSignedIn } from '../../page/page.js';

const query = `query ($symbol: String!) { quote(symbol: $symbol, acceptStale: true) { symbol companyName close asOf stale } }`;
const history = '{ me { quoteHistory(first: 20) { nodes { requestedAt symbol companyName close } } } }';

const showHistory = async () => {
  const { me } = await ask(history);
  const rows = me.quoteHistory.nodes.map((/** @type {Record<string, string>} */ one) =>
    element(
      'tr',
      ...[new Date(one.requestedAt ?? '').toLocaleString(), one.symbol, one.companyName, one.close].map((text) =>
        element('td', text ?? ''),
      ),
    ),
  );
  find('#history', HTMLElement).replaceChildren(...rows);
};

whenSignedIn(showHistory);
onSubmit('#lookUp', async ({ symbol }) => {
  const { quote } = await ask(query, { symbol });
  const asOf = new Date(quote.asOf).toLocaleString();
  find('#quote', HTMLElement).textContent =
    `${quote.symbol}, ${quote.companyName}: ${quote.close} as of ${asOf}${quote.stale ? ', the last that is known' : ''}`;
  await showHistory();
});
