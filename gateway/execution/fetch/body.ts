import type { FetchNode } from '@apollo/query-planner';
import type { Variables } from '../plan/operation/selection.ts';

/** The text of a request to a subgraph up to its variables; `}}` ends it. */
export const bodyStart = (query: string, operationName: string | undefined): string =>
  `{"query":${JSON.stringify(query)}${operationName ? `,"operationName":${JSON.stringify(operationName)}` : ''},"variables":{`;

/** A body whole: members of its variables, as JSON without braces, some of them perhaps empty. */
export const bodyOf = (start: string, members: readonly string[]): string =>
  `${start}${members.filter(Boolean).join()}}}`;

/** The variables of a fetch as JSON members without braces; those that the client did not give are left out. */
export function writeVariables(names: readonly string[], variables: Variables): string {
  let text = '';
  for (const name of names) {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (value !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${JSON.stringify(value)}`;
  }
  return text;
}

/** The variables that come from the client; those filled from a context do not. */
export const clientVariables = ({ variableUsages, contextRewrites }: FetchNode): string[] =>
  (variableUsages ?? []).filter((name) => !contextRewrites?.some(({ renameKeyTo }) => renameKeyTo === name));

/** The response keys that a fetch's answer is renamed to, for the paths of its errors. */
export const renamedKeys = ({ outputRewrites }: FetchNode): [string, string][] =>
  (outputRewrites ?? []).flatMap((rewrite) =>
    rewrite.kind === 'KeyRenamer' ? [[rewrite.path.at(-1)!, rewrite.renameKeyTo]] : [],
  );
