import {
  type DescFile,
  type DescService,
  type FileRegistry,
  type JsonObject,
  createFileRegistry,
  fromJson,
  toBinary,
} from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';

/** The two services that gRPC tools expect beside one's own: grpc.health.v1 and grpc.reflection.v1, by their published numbers. */

const field = (name: string, number: number, type: string, more: JsonObject = {}): JsonObject => ({
  ...{ name, number, label: 'LABEL_OPTIONAL' },
  ...(type.startsWith('.') ? { type: 'TYPE_MESSAGE', typeName: type } : { type: `TYPE_${type.toUpperCase()}` }),
  ...more,
});
const inOneof: JsonObject = { oneofIndex: 0 };
const repeated: JsonObject = { label: 'LABEL_REPEATED' };

const health: JsonObject = {
  ...{ name: 'grpc/health/v1/health.proto', package: 'grpc.health.v1', syntax: 'proto3' },
  service: [
    {
      name: 'Health',
      method: [
        {
          name: 'Check',
          inputType: '.grpc.health.v1.HealthCheckRequest',
          outputType: '.grpc.health.v1.HealthCheckResponse',
        },
        {
          ...{ name: 'Watch', serverStreaming: true },
          ...{ inputType: '.grpc.health.v1.HealthCheckRequest', outputType: '.grpc.health.v1.HealthCheckResponse' },
        },
      ],
    },
  ],
  messageType: [
    { name: 'HealthCheckRequest', field: [field('service', 1, 'string')] },
    {
      name: 'HealthCheckResponse',
      field: [{ ...field('status', 1, 'enum'), typeName: '.grpc.health.v1.HealthCheckResponse.ServingStatus' }],
      enumType: [
        {
          name: 'ServingStatus',
          value: ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'].map((name, number) => ({ name, number })),
        },
      ],
    },
  ],
};

const reflectionOf = (version: 'v1' | 'v1alpha'): JsonObject => {
  const scope = `.grpc.reflection.${version}`;
  return {
    name: `grpc/reflection/${version}/reflection.proto`,
    ...{ package: `grpc.reflection.${version}`, syntax: 'proto3' },
    service: [
      {
        name: 'ServerReflection',
        method: [
          {
            ...{ name: 'ServerReflectionInfo', clientStreaming: true, serverStreaming: true },
            ...{ inputType: `${scope}.ServerReflectionRequest`, outputType: `${scope}.ServerReflectionResponse` },
          },
        ],
      },
    ],
    messageType: [
      {
        name: 'ServerReflectionRequest',
        oneofDecl: [{ name: 'message_request' }],
        field: [
          field('host', 1, 'string'),
          field('file_by_filename', 3, 'string', inOneof),
          field('file_containing_symbol', 4, 'string', inOneof),
          field('file_containing_extension', 5, `${scope}.ExtensionRequest`, inOneof),
          field('all_extension_numbers_of_type', 6, 'string', inOneof),
          field('list_services', 7, 'string', inOneof),
        ],
      },
      {
        name: 'ExtensionRequest',
        field: [field('containing_type', 1, 'string'), field('extension_number', 2, 'int32')],
      },
      {
        name: 'ServerReflectionResponse',
        oneofDecl: [{ name: 'message_response' }],
        field: [
          field('valid_host', 1, 'string'),
          field('original_request', 2, `${scope}.ServerReflectionRequest`),
          field('file_descriptor_response', 4, `${scope}.FileDescriptorResponse`, inOneof),
          field('all_extension_numbers_response', 5, `${scope}.ExtensionNumberResponse`, inOneof),
          field('list_services_response', 6, `${scope}.ListServiceResponse`, inOneof),
          field('error_response', 7, `${scope}.ErrorResponse`, inOneof),
        ],
      },
      { name: 'FileDescriptorResponse', field: [field('file_descriptor_proto', 1, 'bytes', repeated)] },
      {
        name: 'ExtensionNumberResponse',
        field: [field('base_type_name', 1, 'string'), field('extension_number', 2, 'int32', repeated)],
      },
      { name: 'ListServiceResponse', field: [field('service', 1, `${scope}.ServiceResponse`, repeated)] },
      { name: 'ServiceResponse', field: [field('name', 1, 'string')] },
      { name: 'ErrorResponse', field: [field('error_code', 1, 'int32'), field('error_message', 2, 'string')] },
    ],
  };
};

const registryOf = (file: JsonObject): FileRegistry =>
  createFileRegistry(fromJson(FileDescriptorProtoSchema, file), () => undefined);
const standard = createFileRegistry(
  registryOf(health),
  registryOf(reflectionOf('v1')),
  registryOf(reflectionOf('v1alpha')),
);

export const healthService: DescService = standard.getService('grpc.health.v1.Health')!;
/** The present one, and the one that older tools ask. */
export const reflectionServices: readonly DescService[] = ['v1', 'v1alpha'].map((version) =>
  standard.getService(`grpc.reflection.${version}.ServerReflection`)!,
);

const unimplemented = 12;
const notFound = 5;

interface Asked {
  messageRequest: { case: string | undefined; value?: unknown };
}

/** What reflection answers about the files of a registry. */
export function reflectionAnswers(registry: FileRegistry, services: readonly DescService[]) {
  const all = createFileRegistry(registry, standard);
  const known = new Set([...services, healthService, ...reflectionServices].map(({ typeName }) => typeName));
  const filesOf = (file: DescFile): DescFile[] => [file, ...file.dependencies.flatMap(filesOf)];
  const described = (file: DescFile | undefined) =>
    file
      ? {
          case: 'fileDescriptorResponse',
          value: { fileDescriptorProto: filesOf(file).map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto)) },
        }
      : refused(notFound, 'It is not known here.');
  return (request: Asked) => {
    const { case: wanted, value } = request.messageRequest;
    const text = typeof value === 'string' ? value : '';
    switch (wanted) {
      case 'listServices':
        return { case: 'listServicesResponse', value: { service: [...known].map((name) => ({ name })) } };
      case 'fileByFilename':
        return described(all.getFile(text) ?? [...all.files].find(({ proto }) => proto.name === text));
      case 'fileContainingSymbol':
        return described(fileOf(all, text));
      default:
        return refused(unimplemented, 'There are no extensions here.');
    }
  };
}

/** A symbol is a message, an enum, a service, or a method of one. */
function fileOf(registry: FileRegistry, symbol: string): DescFile | undefined {
  return (registry.get(symbol) ?? registry.getService(symbol.slice(0, symbol.lastIndexOf('.'))))?.file;
}

const refused = (errorCode: number, errorMessage: string) => ({
  case: 'errorResponse',
  value: { errorCode, errorMessage },
});
