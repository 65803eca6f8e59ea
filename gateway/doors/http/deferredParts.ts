import type { ServerResponse } from 'node:http';
import type { LaterParts, MaskedDelivery, SingleAnswer } from '../../answerOperation.ts';
import { textOf } from './answerText.ts';
import type { DeferForm } from './negotiation.ts';
import { writePatiently } from '../streams/patientWriting.ts';
import { firstDelimiter, lastDelimiter, partOf } from '../streams/streamForms.ts';

type Part = MaskedDelivery['parts'][number];

/** How one of the protocols tells what is deferred, as members of JSON objects. */
interface Wording {
  pending(parts: LaterParts['pending']): string;
  delivery(delivery: MaskedDelivery): string;
}

const member = (name: string, value: unknown) => (value === undefined ? '' : `"${name}":${JSON.stringify(value)},`);

/** Apollo's form, as https://specs.apollo.dev/incremental/v0.1 writes it down: a part has its place in itself. */
const byPlace: Wording = {
  pending: () => '',
  delivery({ parts }) {
    const texts = parts.map(
      ({ label, path, errors, data }) =>
        `{${member('label', label)}${member('path', path)}${member('errors', errors)}"data":${data}}`,
    );
    return `"incremental":[${texts.join()}],`;
  },
};

/** The present form of the specification: parts are announced under an id, and completed under it. */
const byId: Wording = {
  pending: (parts) => (parts.length > 0 ? member('pending', parts) : ''),
  delivery({ parts, dropped, pending }) {
    const whole = parts.filter(({ data }) => data !== 'null');
    const incremental = whole.map(
      ({ id, errors, data }) => `{${member('id', id)}${member('errors', errors)}"data":${data}}`,
    );
    const answered = parts.map(({ id, data, errors }) => (data === 'null' ? { id, errors: errors ?? [] } : { id }));
    const completed = [...answered, ...dropped.map(({ id }) => ({ id }))];
    const told = incremental.length > 0 ? `"incremental":[${incremental.join()}],` : '';
    return `${byId.pending(pending)}${told}${member('completed', completed)}`;
  },
};

/** A part that failed for a reason that stands elsewhere in the answer needs an error of its own. */
function withReason(part: Part): Part {
  if (part.data !== 'null' || part.errors) return part;
  const { path } = part;
  const message = 'This part cannot be answered.';
  return { ...part, errors: [{ message, path, extensions: { code: 'INTERNAL_SERVER_ERROR' } }] };
}

/** Writes the answer and then its deferred parts as they come, until they have all come or the client has left. */
export async function writeInParts(
  answer: SingleAnswer & { later: LaterParts },
  form: DeferForm,
  response: ServerResponse,
  patienceMs: number,
): Promise<void> {
  const { pending, deliveries } = answer.later;
  const wording = form === 'deferSpec=20220824' ? byPlace : byId;
  const parameter = form === 'incremental' ? '' : `;${form}`;
  response.writeHead(200, {
    'content-type': `multipart/mixed;boundary=graphql${parameter}`,
    'x-accel-buffering': 'no',
  });
  const write = (text: string) => writePatiently(response, text, patienceMs);
  await write(firstDelimiter + partOf(`{${wording.pending(pending)}"hasNext":true,${textOf(answer).slice(1)}`));
  for await (const delivery of deliveries) {
    if (response.destroyed) return;
    const { hasNext } = delivery;
    const told = wording.delivery({ ...delivery, parts: delivery.parts.map(withReason) });
    await write(partOf(`{${told}"hasNext":${hasNext}}`) + (hasNext ? '' : lastDelimiter));
  }
  response.end();
}
