import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/**
 * `node deploy/schemas.ts FOLDER SWAGGER CRD...`: a JSON schema for each kind of Kubernetes's OpenAPI document and of these custom resource
 * definitions, as `kubeconform -schema-location 'FOLDER/{{.ResourceKind}}{{.KindSuffix}}.json'` reads them. A field that a type does not have is a fault.
 */
interface Schema {
  type?: string | string[];
  format?: string;
  $ref?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
  oneOf?: Schema[];
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[];
}

const prefix = '#/definitions/';
const [folder, swagger, ...resources] = process.argv.slice(2) as [string, string, ...string[]];

/** The same schema, in which what is not named may not be there. */
function strict(schema: Schema): Schema {
  const isEither = schema['x-kubernetes-int-or-string'] || schema.format === 'int-or-string';
  if (isEither) return { oneOf: [{ type: 'string' }, { type: 'integer' }] };
  const { properties, items, additionalProperties, ...others } = schema;
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] || additionalProperties === true;
  return {
    ...others,
    ...(items && { items: strict(items) }),
    ...(properties && { properties: mapped(properties) }),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: strict(additionalProperties) }
      : properties && !isOpen && { additionalProperties: false }),
  };
}

const mapped = (schemas: Record<string, Schema>): Record<string, Schema> =>
  Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, strict(schema)]));

/** A quantity may be written as a number. */
const quantity = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const definitions: Record<string, Schema> = {
  ...mapped((JSON.parse(readFileSync(swagger, 'utf8')) as { definitions: Record<string, Schema> }).definitions),
  [quantity]: { oneOf: [{ type: 'string' }, { type: 'number' }] },
};

/** The definitions that this schema refers to, and those that they do. */
function reached(schema: unknown, found: Record<string, Schema> = {}): Record<string, Schema> {
  if (typeof schema !== 'object' || schema === null) return found;
  const { $ref } = schema as Schema;
  const name = typeof $ref === 'string' ? $ref.slice(prefix.length) : undefined;
  if (name !== undefined && !found[name]) {
    found[name] = definitions[name]!;
    reached(found[name], found);
  }
  for (const value of Object.values(schema)) reached(value, found);
  return found;
}

function write(group: string, version: string, kind: string, schema: Schema): void {
  const suffix = [group.split('.')[0]!, version].filter(Boolean).join('-');
  const text = JSON.stringify({ ...schema, definitions: reached(schema) });
  writeFileSync(join(folder, `${kind}-${suffix}.json`.toLowerCase()), text);
}

mkdirSync(folder, { recursive: true });
for (const schema of Object.values(definitions)) {
  const [only, ...others] = schema['x-kubernetes-group-version-kind'] ?? [];
  if (only && others.length === 0) write(only.group, only.version, only.kind, schema);
}

interface Definition {
  spec: {
    group: string;
    names: { kind: string };
    versions: { name: string; schema: { openAPIV3Schema: Schema } }[];
  };
}
const metadata = { $ref: `${prefix}io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta` };
for (const file of resources) {
  const { spec } = parse(readFileSync(file, 'utf8')) as Definition;
  for (const { name, schema } of spec.versions) {
    const whole = strict(schema.openAPIV3Schema);
    write(spec.group, name, spec.names.kind, { ...whole, properties: { ...whole.properties, metadata } });
  }
}
