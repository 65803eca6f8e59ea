import type { IncomingHttpHeaders } from 'node:http';
import type { Configuration } from '../configuration/description.ts';

type Rules = Configuration['headers']['request'];
type Rule = Rules[number];

/** Headers of a client that rules read, by name. */
export type ClientHeaders = Readonly<Record<string, string>>;

/** Which headers go on to subgraphs, beside those that the gateway makes itself. */
export interface HeaderRules {
  /** What the rules read of a request; undefined when that is nothing. */
  take(headers: IncomingHttpHeaders): ClientHeaders | undefined;
  /** Applies the rules for one subgraph, in their order, to the headers of a request to it: names and values in turn. */
  apply(service: string, headers: string[], given: ClientHeaders | undefined): void;
}

export function openHeaderRules(rules: Rules): HeaderRules {
  const read = [...new Set(rules.flatMap(({ propagate, rename }) => propagate ?? rename ?? []))].sort();
  const byService = new Map<string, readonly Rule[]>();
  const rulesFor = (service: string) => {
    let own = byService.get(service);
    if (!own) byService.set(service, (own = rules.filter((rule) => rule.subgraphs?.includes(service) ?? true)));
    return own;
  };
  return {
    take(headers) {
      const taken: Record<string, string> = {};
      for (const name of read) {
        const value = headers[name];
        if (value !== undefined) taken[name] = Array.isArray(value) ? value.join(', ') : value;
      }
      return Object.keys(taken).length > 0 ? taken : undefined;
    },
    apply(service, headers, given) {
      for (const { propagate, insert, rename, remove, value, to, default: otherwise } of rulesFor(service))
        if (insert !== undefined) setHeader(headers, insert, value!);
        else if (remove !== undefined) unset(headers, remove);
        else {
          const sent = given?.[propagate ?? rename!] ?? otherwise;
          if (sent !== undefined) setHeader(headers, to ?? propagate!, sent);
        }
    },
  };
}

export function setHeader(headers: string[], name: string, value: string): void {
  unset(headers, name);
  headers.push(name, value);
}

function unset(headers: string[], name: string): void {
  for (let at = 0; at < headers.length; at += 2) if (headers[at] === name) headers.splice(at, 2);
}
