import { ask, element, find, listen, onSubmit, whenSignedIn } from '../../page/page.js';

/** @typedef {{ id: string, category: string, title: string, body: string, severity: string }} Alert */

const shown = new Set();
const list = find('#alerts', HTMLUListElement);

/** @param {Alert} alert */
const itemOf = ({ category, title, body, severity }) =>
  element('li', element('strong', title), ` ${severity.toLowerCase()} in ${category}: ${body}`);

/** @param {Alert} alert */
const show = (alert) => {
  if (shown.has(alert.id)) return;
  shown.add(alert.id);
  list.prepend(itemOf(alert));
};

whenSignedIn(async () => {
  const { alertCategories, me } = await ask(
    '{ alertCategories { name } me { alertCursor timeline(first: 20) { nodes { id category title body severity } } } }',
  );
  for (const select of document.querySelectorAll('select[name=category]'))
    select.append(...alertCategories.map((/** @type {{ name: string }} */ { name }) => element('option', name)));
  for (const alert of me.timeline.nodes.reverse()) show(alert);
  // What is posted before the stream is open comes too.
  void listen('/api/v1/alerts/stream', me.alertCursor, ({ alert }) => show(/** @type {Alert} */ (alert)));
});

const tell = (/** @type {string} */ text) => (find('#state', HTMLElement).textContent = text);
onSubmit('#subscribe', async ({ category }) => {
  await ask('mutation ($category: String!) { subscribeTo(category: $category) { category } }', { category });
  tell(`What is posted in ${category} comes to you.`);
});
onSubmit('#post', async (input, form) => {
  await ask('mutation ($input: PostInput!) { createPost(input: $input) { id } }', { input });
  form.reset();
  tell('It is posted.');
});
