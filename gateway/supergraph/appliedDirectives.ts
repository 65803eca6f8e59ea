import type { Schema } from '@apollo/federation-internals';

/** A directive where it stands: `coordinate` is `Type`, `Type.field` or `Type.field(argument:)`. */
export interface Applied {
  coordinate: string;
  arguments: Record<string, unknown>;
}

/**
 * Where a supergraph applies a directive of a specification of Apollo's, whatever the link calls it: `spec` is the last part of its identity.
 */
export function appliedDirectives(schema: Schema, spec: string, directive: string): Applied[] {
  const feature = schema.coreFeatures?.getByIdentity(`https://specs.apollo.dev/${spec}`);
  const definition = feature && schema.directive(feature.directiveNameInSchema(directive));
  return [...(definition?.applications() ?? [])].map((application) => ({
    coordinate: (application.parent as unknown as { coordinate: string }).coordinate,
    arguments: application.arguments(),
  }));
}
