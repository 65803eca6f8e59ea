/** What the pages of the guests have in common: who is signed in, and how the graph is asked. */

let token = '';

/**
 * Finds an element that the page has. Throws when it has not.
 * @template {Element} T
 * @param {string} selector
 * @param {{ new (): T }} type
 * @returns {T}
 */
export function find(selector, type) {
  const found = document.querySelector(selector);
  if (!(found instanceof type)) throw new Error(`The page has no ${selector}.`);
  return found;
}

/** @param {string} text */
const tellFault = (text) => (find('[role=alert]', HTMLElement).textContent = text);

/**
 * Asks the graph, as somebody else where a token is given. Rejects with the first error.
 * @param {string} query
 * @param {object} [variables]
 * @param {string} [as]
 */
export async function ask(query, variables = {}, as = token) {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(as && { authorization: `Bearer ${as}` }) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(errors[0].message);
  return data;
}

/**
 * Does what a form is for whenever it is sent, and says what goes wrong.
 * @param {string} selector
 * @param {(values: Record<string, string>, form: HTMLFormElement) => Promise<void>} work
 */
export function onSubmit(selector, work) {
  const form = find(selector, HTMLFormElement);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const values = [...new FormData(form)].map(([name, value]) => [name, String(value)]);
    tellFault('');
    work(Object.fromEntries(values), form).catch((error) => tellFault(error.message));
  });
}

/**
 * Shows the page's content to who has signed in, once it is there.
 * @param {() => Promise<void>} begin
 */
export function whenSignedIn(begin) {
  onSubmit('#signIn', async (input, form) => {
    const { signIn } = await ask('mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }', {
      input,
    });
    token = signIn.accessToken;
    await begin();
    form.hidden = true;
    find('#content', HTMLElement).hidden = false;
  });
}

/**
 * Reads a stream of server-sent events behind a cursor, and behind the last one again when it breaks off, until the page goes.
 * @param {string} path
 * @param {string} after
 * @param {(data: { alert: Record<string, string> }) => void} hear
 */
export async function listen(path, after, hear) {
  let last = after;
  for (;;) {
    const headers = { authorization: `Bearer ${token}`, 'last-event-id': last };
    await read(await fetch(path, { headers }), (id, data) => {
      last = id || last;
      hear(JSON.parse(data));
    }).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

/**
 * @param {Response} response
 * @param {(id: string, data: string) => void} hear
 */
async function read(response, hear) {
  if (!response.ok || !response.body) throw new Error(`${response.status}`);
  let text = '';
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value.replaceAll('\r\n', '\n');
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const field = (/** @type {string} */ name) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(event)?.[1] ?? '';
      if (field('data')) hear(field('id'), field('data'));
    }
  }
}

/**
 * An element with text in it, which is never read as markup.
 * @param {string} name
 * @param {...(string | Element)} content
 */
export function element(name, ...content) {
  const made = document.createElement(name);
  made.append(...content);
  return made;
}
