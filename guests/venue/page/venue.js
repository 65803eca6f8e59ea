import { ask, element, find, whenSignedIn } from '../../page/page.js';

/** The hall is 60 by 40 metres, in metres from its north-west corner; on the globe that corner is here. */
const corner = { lat: 52.5, lon: 13.4 };
const metresPerDegree = 111_195;
const hall = { width: 60, height: 40 };
const walkers = 4;
const stepMs = 1000;
/** A person's pace, in metres a step. */
const pace = 1.5;

/** @typedef {{ name: string, token?: string, x: number, y: number, toX: number, toY: number, dot: Element }} Walker */

const map = find('svg', SVGSVGElement);
const within = (/** @type {number} */ length) => 2 + Math.random() * (length - 4);
const svg = (/** @type {string} */ name, /** @type {Record<string, string | number>} */ attributes) => {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
};

/**
 * @param {string} name
 * @param {string} [token] of somebody else than who has signed in
 * @returns {Walker}
 */
function placed(name, token) {
  const dot = svg('circle', { r: 0.8, class: token ? 'walker' : 'self' });
  map.append(dot);
  const [x, y, toX, toY] = [within(hall.width), within(hall.height), within(hall.width), within(hall.height)];
  return { name, ...(token && { token }), x, y, toX, toY, dot };
}

/** @param {Walker} walker */
function step(walker) {
  const [x, y] = [walker.toX - walker.x, walker.toY - walker.y];
  const left = Math.hypot(x, y);
  if (left < pace) [walker.toX, walker.toY] = [within(hall.width), within(hall.height)];
  else {
    walker.x += (x / left) * pace;
    walker.y += (y / left) * pace;
  }
  walker.dot.setAttribute('cx', String(walker.x));
  walker.dot.setAttribute('cy', String(walker.y));
}

const consent = 'mutation { shareLocation(on: true) { sharesLocation } }';
const ingest = 'mutation ($locations: [LocationInput!]!) { ingestLocations(locations: $locations) { accepted } }';

/** @param {Walker} walker */
const send = ({ x, y, token }) =>
  ask(
    ingest,
    {
      locations: [
        {
          deviceEventId: crypto.randomUUID(),
          lat: corner.lat - y / metresPerDegree,
          lon: corner.lon + x / (metresPerDegree * Math.cos((corner.lat * Math.PI) / 180)),
          accuracyM: 1,
          capturedAt: new Date().toISOString(),
        },
      ],
    },
    token,
  );

async function showEncounters() {
  const { me } = await ask('{ me { encounters { other { name } firstAt lastAt } } }');
  const rows = me.encounters.map(
    (/** @type {{ other: { name: string }, firstAt: string, lastAt: string }} */ { other, firstAt, lastAt }) =>
      element(
        'tr',
        element('td', other.name),
        ...[firstAt, lastAt].map((at) => element('td', new Date(at).toLocaleTimeString())),
      ),
  );
  find('#encounters', HTMLElement).replaceChildren(...rows);
}

/** Guests of this page alone, who begin anew with each walk. */
async function guest(/** @type {number} */ n) {
  const deviceId = crypto.randomUUID();
  const { signInAsGuest } = await ask(
    'mutation ($input: GuestSignInInput!) { signInAsGuest(input: $input) { accessToken user { name } } }',
    { input: { deviceId } },
    '',
  );
  await ask(consent, {}, signInAsGuest.accessToken);
  return placed(signInAsGuest.user.name ?? `walker ${n}`, signInAsGuest.accessToken);
}

whenSignedIn(async () => {
  const { places } = await ask('{ places { name corners { lat lon } } }');
  for (const { name, corners } of places) {
    const points = corners.map((/** @type {{ lat: number, lon: number }} */ { lat, lon }) => [
      (lon - corner.lon) * metresPerDegree * Math.cos((corner.lat * Math.PI) / 180),
      (corner.lat - lat) * metresPerDegree,
    ]);
    const label = svg('text', { x: points[0][0], y: points[0][1] });
    label.textContent = name;
    map.append(svg('polygon', { points: points.join(' '), class: 'place' }), label);
  }
});

const button = find('#walk', HTMLButtonElement);
button.addEventListener('click', () => {
  button.disabled = true;
  void walk().catch((error) => {
    find('[role=alert]', HTMLElement).textContent = error.message;
    button.disabled = false;
  });
});

async function walk() {
  await ask(consent);
  const you = placed('you');
  const others = await Promise.all(Array.from({ length: walkers }, (_, n) => guest(n)));
  // One sets out beside you, so that somebody is met at once.
  if (others[0]) [others[0].x, others[0].y] = [you.x, you.y];
  const everybody = [you, ...others];
  for (;;) {
    everybody.forEach(step);
    await Promise.all(everybody.map(send));
    await showEncounters();
    await new Promise((resolve) => setTimeout(resolve, stepMs));
  }
}
