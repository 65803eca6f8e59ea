import { type DirectiveNode, type DocumentNode, GraphQLError, Kind, Source, parse } from 'graphql';
import { StartRefusal } from '../../shared/process/environment.ts';

/** A subgraph as a composed schema names it: `@join__graph(name:, url:)` on a value of the enum join__Graph. */
interface JoinedGraph {
  name: string;
  url: string;
  /** Where the url stands in the text, quotes included. */
  start: number;
  end: number;
}

/** The subgraphs of a composed schema, which came from a file or an address. Throws a StartRefusal when it cannot be parsed. */
export function joinedGraphs(supergraphSdl: string, from = 'the supergraph'): JoinedGraph[] {
  return parsed(supergraphSdl, from).definitions.flatMap((definition) => {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== 'join__Graph') return [];
    return (definition.values ?? []).flatMap(({ directives = [] }) => {
      const join = directives.find((each) => each.name.value === 'join__graph');
      const [name, url] = [join && argument(join, 'name'), join && argument(join, 'url')];
      return name && url ? [{ name: name.value, url: url.value, start: url.loc!.start, end: url.loc!.end }] : [];
    });
  });
}

/** The same schema with other addresses for some subgraphs, by name. */
export function withAddresses(supergraphSdl: string, urls: Readonly<Record<string, string>>): string {
  if (Object.keys(urls).length === 0) return supergraphSdl;
  let text = supergraphSdl;
  for (const { name, start, end } of joinedGraphs(supergraphSdl).reverse()) {
    const url = urls[name];
    if (url !== undefined) text = text.slice(0, start) + JSON.stringify(url) + text.slice(end);
  }
  return text;
}

function parsed(text: string, from: string): DocumentNode {
  try {
    return parse(new Source(text, from));
  } catch (error) {
    const line = error instanceof GraphQLError ? error.locations?.[0]?.line : undefined;
    throw new StartRefusal(
      `The supergraph is broken: ${from}:${line}: ${(error as Error).message}`,
      'It must be a schema that composition has made: by `npm run compose`, Rover or Hive.',
    );
  }
}

function argument({ arguments: given = [] }: DirectiveNode, name: string) {
  const value = given.find((each) => each.name.value === name)?.value;
  return value?.kind === Kind.STRING ? value : undefined;
}
