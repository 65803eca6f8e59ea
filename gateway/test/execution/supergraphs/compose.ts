import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';

/** Subgraph schemas by name, without the link to federation. */
export type Subgraphs = Readonly<Record<string, string>>;

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requires", "@provides", "@external",
  "@shareable", "@override", "@interfaceObject", "@inaccessible", "@context", "@fromContext", "@authenticated", "@requiresScopes", "@policy"])
`;

export const typeDefsOf = (sdl: string) => parse(link + sdl);

export function compose(subgraphs: Subgraphs): string {
  const services = Object.entries(subgraphs).map(([name, sdl]) => ({
    name,
    url: `http://${name}`,
    typeDefs: typeDefsOf(sdl),
  }));
  const { supergraphSdl, errors } = composeServices(services);
  if (errors) throw new Error(errors.map(({ message }) => message).join('\n'));
  return supergraphSdl;
}
