import type { SingleAnswer } from '../../answerOperation.ts';

/** The JSON text of an answer; the errors come first, as the specification advises. */
export function textOf({ data, errors }: SingleAnswer): string {
  if (!errors) return `{"data":${data}}`;
  const told = `"errors":${JSON.stringify(errors)}`;
  return data === undefined ? `{${told}}` : `{${told},"data":${data}}`;
}
