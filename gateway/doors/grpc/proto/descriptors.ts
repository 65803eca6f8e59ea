import { type FileRegistry, type JsonObject, createFileRegistry, fromJson } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, file_google_protobuf_struct } from '@bufbuild/protobuf/wkt';
import type { ProtoField, ProtoFile, ProtoMessage } from './proto.ts';

/** What reads and writes the messages of a file. */
export function registryOf(file: ProtoFile, fileName: string): FileRegistry {
  const descriptor = fromJson(FileDescriptorProtoSchema, descriptorOf(file, fileName));
  return createFileRegistry(descriptor, (name) =>
    name === 'google/protobuf/struct.proto' ? file_google_protobuf_struct : undefined,
  );
}

function descriptorOf(file: ProtoFile, name: string): JsonObject {
  const scope = `.${file.package}`;
  return {
    ...{ name, package: file.package, syntax: 'proto3', dependency: ['google/protobuf/struct.proto'] },
    service: [
      {
        name: file.service,
        method: file.rpcs.map((rpc) => ({
          ...{ name: rpc.name, serverStreaming: rpc.isStream },
          ...{ inputType: `${scope}.${rpc.request}`, outputType: `${scope}.${rpc.response}` },
        })),
      },
    ],
    messageType: [
      ...file.messages.map((message) => messageOf(message, scope, scope)),
      ...file.enums.map(({ name: enumName, values }) => ({
        name: enumName,
        enumType: [
          {
            name: 'Value',
            value: [
              { name: 'UNSPECIFIED', number: 0 },
              ...values.map((value) => ({ name: value.name, number: value.number })),
            ],
          },
        ],
      })),
    ],
  };
}

function messageOf({ name, fields, messages }: ProtoMessage, scope: string, root: string): JsonObject {
  const place = `${scope}.${name}`;
  const nested = new Set(messages.map((one) => one.name));
  // Each optional scalar stands in a oneof of its own: so proto3 tells "not there" from zero.
  const optional = fields.filter(({ label }) => label === 'optional');
  return {
    name,
    nestedType: messages.map((one) => messageOf(one, place, root)),
    oneofDecl: optional.map((field) => ({ name: `_${field.name}` })),
    field: fields.map((field) => ({
      ...{ name: field.name, jsonName: field.jsonName, number: field.number },
      label: field.label === 'repeated' ? 'LABEL_REPEATED' : 'LABEL_OPTIONAL',
      ...(field.label === 'optional' && { proto3Optional: true, oneofIndex: optional.indexOf(field) }),
      ...typeOf(field.type, (message) => `${nested.has(message) ? place : root}.${message}`, root),
    })),
  };
}

function typeOf(type: ProtoField['type'], resolve: (message: string) => string, root: string): JsonObject {
  if (type === 'json') return { type: 'TYPE_MESSAGE', typeName: '.google.protobuf.Value' };
  if ('scalar' in type) return { type: `TYPE_${type.scalar.toUpperCase()}` };
  if ('message' in type) return { type: 'TYPE_MESSAGE', typeName: resolve(type.message) };
  return { type: 'TYPE_ENUM', typeName: `${root}.${type.enum}.Value` };
}
