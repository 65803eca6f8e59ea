import type { GraphQLInputType, GraphQLSchema } from 'graphql';
import { codeTerms } from '../../../shared/codes.ts';
import { idempotencyHeader } from './parameters.ts';
import { statusOf } from './problems.ts';
import type { Endpoint } from './requests.ts';
import { type JsonSchema, answerSchema, inputSchema } from './jsonSchemas.ts';

/** The endpoints as an OpenAPI 3.1 document: what each takes and answers follows from its operation and the schema. */
export function openApiOf(endpoints: readonly Endpoint[], schema: GraphQLSchema): JsonSchema {
  const inputs: Record<string, JsonSchema> = {};
  const paths: Record<string, Record<string, JsonSchema>> = {};
  const form = endpoints.find(({ route }) => route.form);
  const tokens = [{ bearer: [] }, ...(form ? [{ password: [] }] : [])];
  for (const endpoint of endpoints) {
    const { path, method, basic } = endpoint.route;
    const security = basic && { security: [...tokens, { basic: [] }, {}] };
    paths[path] = { ...paths[path], [method.toLowerCase()]: { ...operationOf(endpoint, schema, inputs), ...security } };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'REST API', version: '1', description: schema.description ?? '' },
    servers: [{ url: '/' }],
    security: [...tokens, {}],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        ...(form && { password: { type: 'oauth2', flows: { password: { tokenUrl: form.route.path, scopes: {} } } } }),
        basic: { type: 'http', scheme: 'basic' },
      },
      schemas: { Problem: problem, ...Object.fromEntries(Object.entries(inputs).sort(([a], [b]) => (a < b ? -1 : 1))) },
    },
  };
}

const codes = Object.keys(codeTerms);
const problem: JsonSchema = {
  type: 'object',
  description: 'Problem details as in RFC 9457.',
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'For people.' },
    code: { type: 'string', description: 'For programs.', enum: codes },
    requestId: { type: 'string', description: 'As in the header x-request-id and in the log.' },
    retryAfterSeconds: { type: 'number' },
  },
};

function operationOf(
  { route, parameters }: Endpoint,
  schema: GraphQLSchema,
  inputs: Record<string, JsonSchema>,
): JsonSchema {
  const { operation, status, form, page, cursor, text, textBody } = route;
  const type = (of: GraphQLInputType) => inputSchema(of, inputs);
  const inBody = parameters.filter((one) => one.in === 'body');
  const named = parameters
    .filter((one) => one.in !== 'body')
    .map((one) => ({
      ...{ name: one.name, in: one.in, required: one.in === 'path' || one.isRequired },
      ...(one.isJson ? { content: { 'application/json': { schema: type(one.type) } } } : { schema: type(one.type) }),
      ...(one.in === 'header' && { name: idempotencyHeader }),
    }));
  const whole = inBody.find(({ name }) => name === route.body);
  const body: JsonSchema | undefined = whole
    ? type(whole.type)
    : inBody.length > 0
      ? {
          type: 'object',
          required: inBody.filter((one) => one.isRequired).map(({ name }) => name),
          properties: Object.fromEntries(inBody.map((one) => [one.name, type(one.type)])),
        }
      : undefined;
  const media = cursor ? 'text/event-stream' : 'application/json';
  return {
    operationId: operation.name,
    summary: operation.summary,
    ...(operation.description && { description: operation.description }),
    parameters: [
      ...named,
      ...(cursor
        ? [
            {
              name: 'last-event-id',
              in: 'header',
              required: false,
              schema: { type: 'string' },
              description: 'The id of the last event that came: the stream goes on behind it.',
            },
          ]
        : []),
    ],
    ...(body && {
      requestBody: {
        required: true,
        content: {
          [form ? 'application/x-www-form-urlencoded' : 'application/json']: { schema: body },
          ...asTexts(textBody.keys()),
        },
      },
    }),
    responses: {
      [status]: {
        description: cursor ? 'Events, until either side ends the stream.' : 'Done.',
        ...(page && { headers: { link: { description: 'The next page, rel="next".', schema: { type: 'string' } } } }),
        content: { [media]: { schema: answerSchema(route, schema) }, ...asTexts(text) },
      },
      default: {
        description: `A problem: ${[...new Set(codes.map(statusOf))].sort().join(', ')}.`,
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

const asTexts = (types: Iterable<string>) =>
  Object.fromEntries([...types].map((type) => [type, { schema: { type: 'string' } }]));
