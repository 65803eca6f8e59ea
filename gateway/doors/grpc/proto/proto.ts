/** A Protobuf file as far as named operations need one. Numbers are what goes over the wire: they never change. */
export interface ProtoFile {
  package: string;
  service: string;
  rpcs: readonly ProtoRpc[];
  messages: readonly ProtoMessage[];
  enums: readonly ProtoEnum[];
}

export interface ProtoRpc {
  name: string;
  doc: string;
  request: string;
  response: string;
  isStream: boolean;
}

export interface ProtoMessage {
  name: string;
  doc: string;
  fields: readonly ProtoField[];
  /** Messages inside it. */
  messages: readonly ProtoMessage[];
  /** Numbers and names that were used once. */
  reserved: readonly { name: string; number: number }[];
}

export const scalars = ['string', 'int32', 'int64', 'double', 'bool'] as const;

export interface ProtoField {
  name: string;
  /** Its name in JSON: a variable's, or a response key. */
  jsonName: string;
  number: number;
  label: 'repeated' | 'optional' | undefined;
  /** Of a request: it must be there, and what is left out is zero or empty. */
  isRequired: boolean;
  type: { scalar: (typeof scalars)[number] } | { message: string } | { enum: string } | 'json';
  doc: string;
}

/** Its values stand in a message of its name, since Protobuf has one scope for the values of all enums of a package. */
export interface ProtoEnum {
  name: string;
  doc: string;
  values: readonly { name: string; number: number; doc: string }[];
}

/** How a field's value is written: as a varint 0, as eight bytes 1, with its length before it 2. */
export function wireTypeOf(type: ProtoField['type']): 0 | 1 | 2 {
  if (type === 'json' || 'message' in type) return 2;
  if ('enum' in type) return 0;
  return type.scalar === 'string' ? 2 : type.scalar === 'double' ? 1 : 0;
}

/** A message by the name that a field of `within` has for it. */
export const messageIn = (name: string, within: ProtoMessage, file: ProtoFile): ProtoMessage =>
  [...within.messages, ...file.messages].find((one) => one.name === name)!;

/** `questId` as Protobuf names fields: `quest_id`. */
export const snakeCase = (name: string): string => name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();

/** `listMyEvents` as Protobuf names messages and methods: `ListMyEvents`. */
export const pascalCase = (name: string): string =>
  name.replaceAll(/(^|_)([a-z0-9])/g, (_, __, letter: string) => letter.toUpperCase());

/** The file as people and protoc read it. */
export function printProto(file: ProtoFile): string {
  const usesJson = (messages: readonly ProtoMessage[]): boolean =>
    messages.some((one) => one.fields.some(({ type }) => type === 'json') || usesJson(one.messages));
  return [
    '// Made from the named operations; change those, then `npm run operations`.',
    'syntax = "proto3";',
    '',
    `package ${file.package};`,
    ...(usesJson(file.messages) ? ['', 'import "google/protobuf/struct.proto";'] : []),
    '',
    `service ${file.service} {`,
    ...file.rpcs.flatMap(({ name, doc, request, response, isStream }) => [
      ...comment(doc, '  '),
      `  rpc ${name}(${request}) returns (${isStream ? 'stream ' : ''}${response});`,
    ]),
    '}',
    ...file.messages.flatMap((message) => ['', ...printMessage(message, '')]),
    ...file.enums.flatMap((one) => ['', ...printEnum(one)]),
    '',
  ].join('\n');
}

function printMessage({ name, doc, fields, messages, reserved }: ProtoMessage, indent: string): string[] {
  const inner = `${indent}  `;
  const body = [
    ...messages.flatMap((one) => [...printMessage(one, inner), '']),
    ...reserved.flatMap((one) => [`${inner}reserved ${one.number};`, `${inner}reserved "${one.name}";`]),
    ...fields.flatMap((field) => [...comment(field.doc, inner), inner + printField(field)]),
  ];
  return [...comment(doc, indent), `${indent}message ${name} {`, ...body, `${indent}}`];
}

function printField({ name, jsonName, number, label, type }: ProtoField): string {
  const named = jsonName === jsonNameOf(name) ? '' : ` [json_name = "${jsonName}"]`;
  return `${label ? `${label} ` : ''}${typeName(type)} ${name} = ${number}${named};`;
}

/** What Protobuf makes of a field's name in JSON unless told otherwise. */
const jsonNameOf = (name: string) => name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

export function typeName(type: ProtoField['type']): string {
  if (type === 'json') return 'google.protobuf.Value';
  if ('scalar' in type) return type.scalar;
  return 'message' in type ? type.message : `${type.enum}.Value`;
}

function printEnum({ name, doc, values }: ProtoEnum): string[] {
  return [
    ...comment(doc, ''),
    `message ${name} {`,
    '  enum Value {',
    '    UNSPECIFIED = 0;',
    ...values.flatMap((value) => [...comment(value.doc, '    '), `    ${value.name} = ${value.number};`]),
    '  }',
    '}',
  ];
}

const comment = (doc: string, indent: string) =>
  doc === '' ? [] : doc.split('\n').map((line) => `${indent}// ${line}`.trimEnd());
