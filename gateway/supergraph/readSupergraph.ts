import { DEFAULT_SUPPORTED_SUPERGRAPH_FEATURES, Schema, Supergraph } from '@apollo/federation-internals';
import { type DocumentNode, type GraphQLSchema, Kind, buildASTSchema, parse } from 'graphql';
import type { Steps } from '../execution/steps.ts';
import { markOneOf } from './oneOf.ts';

/** What can be served: all that Apollo's gateway serves, contexts, and the directives of authorization. */
const features = new Set([
  ...DEFAULT_SUPPORTED_SUPERGRAPH_FEATURES,
  ...['context', 'authenticated', 'requiresScopes', 'policy'].map((name) => `https://specs.apollo.dev/${name}/v0.1`),
]);

/** A composed schema, parsed and read once for all who need a part of it. */
export interface ReadSupergraph {
  sdl: string;
  document: DocumentNode;
  supergraph: Supergraph;
  /** Of clients, in the form of Apollo's planner. */
  api: Schema;
  /** The same in the form of graphql-js. */
  apiSchema: GraphQLSchema;
}

/** How a supergraph is read. */
export interface ReadingSettings {
  /** It was read once before, elsewhere, and is not validated again. */
  isChecked?: boolean | undefined;
  /** Whether clients may defer fragments. */
  defer?: boolean | undefined;
}

/** Throws when the supergraph cannot be read. Each step takes about as long as the others. */
export function* readSupergraph(
  sdl: string,
  { isChecked = false, defer = false }: ReadingSettings = {},
): Steps<ReadSupergraph> {
  // Places in the text are for messages about faults.
  const document = parse(sdl, { noLocation: isChecked });
  yield;
  const supergraph = Supergraph.build(document, { supportedFeatures: features, validateSupergraph: !isChecked });
  yield;
  const api = isChecked ? unvalidatedApi(supergraph) : supergraph.apiSchema();
  yield;
  const apiDocument = api.toAST();
  yield;
  const definitions = [...apiDocument.definitions];
  if (defer) definitions.push(api.deferDirective().toAST());
  const apiSchema = buildASTSchema(
    { kind: Kind.DOCUMENT, definitions },
    { assumeValid: isChecked, assumeValidSDL: isChecked },
  );
  markOneOf(apiSchema, document);
  yield;
  // The planner would do the same, in one go with all else.
  supergraph.subgraphs();
  return { sdl, document, supergraph, api, apiSchema };
}

/** The API schema of a checked supergraph: Apollo's library would validate it whatever it knows of the supergraph. */
function unvalidatedApi({ schema }: Supergraph): Schema {
  schema.clone = (...given) => {
    const copy = Schema.prototype.clone.apply(schema, given);
    copy.validate = () => copy.assumeValid();
    return copy;
  };
  return schema.toAPISchema();
}
