import type { SingleAnswer } from '../../answerOperation.ts';
import { type Code, isCode } from '../../../shared/errors.ts';
import { statusOfCode } from '../../../shared/process/http.ts';
import type { JsonType } from './negotiation.ts';

/** The answer's own status and headers beside what GraphQL says. */
export interface Head {
  status: number;
  /** Names and values. */
  headers: Record<string, string>;
}

/** When an operation came to nothing because somebody has to wait, programs that know nothing of GraphQL should wait too. */
const waiting: ReadonlySet<unknown> = new Set<Code>(['RATE_LIMITED', 'UNAVAILABLE']);

/** GraphQL over HTTP, 6.4: in application/json an answer is 200 once the request could be read, whatever is wrong with the document. */
export function headOf({ stage, data, errors = [] }: SingleAnswer, type: JsonType): Head {
  if (stage === 'request') return refusalHead(errors[0]);
  if (stage === 'executed') {
    const found = data === 'null' ? errors.find(({ extensions }) => waiting.has(extensions?.['code'])) : undefined;
    return found ? refusalHead(found) : { status: 200, headers: {} };
  }
  // A document is no bad request, unless it came by a method that may not carry it.
  if (errors[0]?.extensions?.['code'] === 'BAD_REQUEST') return { status: 405, headers: { allow: 'POST' } };
  return { status: type === 'application/json' ? 200 : 400, headers: {} };
}

function refusalHead(error: NonNullable<SingleAnswer['errors']>[number] | undefined): Head {
  const { code, retryAfterSeconds } = error?.extensions ?? {};
  // Who sends a hash alone reads that it is not known as an answer, and sends the document.
  if (code === 'PERSISTED_QUERY_NOT_FOUND') return { status: 200, headers: {} };
  return {
    status: isCode(code) ? statusOfCode(code) : 500,
    headers: waiting.has(code) ? { 'retry-after': String(retryAfterSeconds ?? 1) } : {},
  };
}
