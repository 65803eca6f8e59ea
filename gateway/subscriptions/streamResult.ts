import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import { parseExact } from '../execution/answer/exactJson.ts';
import type { WrittenResult } from '../execution/execution.ts';
import type { Report } from '../errorReport.ts';

type Data = NonNullable<FormattedExecutionResult['data']>;

/**
 * One result of a subscription as its readers may see it. All who share it share its text and bytes, and only who needs an object has the text
 * parsed.
 */
export class StreamResult implements FormattedExecutionResult {
  readonly errors?: readonly GraphQLFormattedError[];
  /** As JSON. */
  readonly text: string;
  readonly #written: string;
  #bytes: Buffer | undefined;
  #data: Data | null | undefined;

  constructor(data: string, errors?: readonly GraphQLFormattedError[]) {
    this.#written = data;
    this.text = errors ? `{"data":${data},"errors":${JSON.stringify(errors)}}` : `{"data":${data}}`;
    if (errors) this.errors = errors;
  }

  /** The text in UTF-8; nobody may change it. */
  get bytes(): Buffer {
    return (this.#bytes ??= Buffer.from(this.text));
  }

  get data(): Data | null {
    return (this.#data ??= parseExact(this.#written) as Data | null);
  }

  toJSON(): FormattedExecutionResult {
    return { data: this.data, ...(this.errors && { errors: this.errors }) };
  }
}

const masked = new WeakMap<WrittenResult, StreamResult>();

/** Masks, counts and logs the errors of a result once, however many subscribers share it. */
export function streamResultOf(result: WrittenResult, report: Report): StreamResult {
  let known = masked.get(result);
  if (!known) {
    known = new StreamResult(result.data, result.errors && report(result.errors));
    masked.set(result, known);
  }
  return known;
}
