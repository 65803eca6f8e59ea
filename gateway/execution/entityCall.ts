import {
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  parse,
  print,
  stripIgnoredCharacters,
} from 'graphql';
import { bodyStart, clientVariables, renamedKeys, writeVariables } from './body.ts';
import { contextVariables } from './context.ts';
import type { SubgraphAnswer } from './execution.ts';
import { copy, merge } from './merge.ts';
import { type Json, type JsonObject, objectsAt, placesAt } from './path.ts';
import { type WriteRepresentation, compileRepresentation } from './representation.ts';
import { rewrite } from './rewrite.ts';
import { type Call, type ClientKeys, type Run, asClientError, isTaken } from './run.ts';
import type { IsOfType } from './runtimeType.ts';
import type { Step } from './steps.ts';

/** Steps that ask one subgraph the same of entities at one or several paths. */
interface Part {
  steps: readonly Step[];
  writers: readonly WriteRepresentation[];
  /** The request when only this part is asked. */
  start: string;
}

/** The entities of a part in one run. Equal representations are sent once: `objects[i]` gets the answer to `representations[indexes[i]]`. */
interface Batch {
  part: Part;
  number: number;
  representations: string[];
  objects: JsonObject[];
  indexes: number[];
  /** Which of the part's steps each object comes from. */
  origins: number[];
}

interface Settings {
  url: string;
  isOfType: IsOfType;
  clientKeys: ClientKeys;
  isShareable(step: Step): boolean;
}

/** One request for all entity fetches of `steps`, which go to one subgraph and do not depend on each other. */
export function entityCall(steps: readonly Step[], settings: Settings): Call['run'] {
  const { url, isOfType } = settings;
  const service = steps[0]!.fetch.serviceName;
  const parts = [...Map.groupBy(steps, ({ fetch }) => fetch.operation).values()].map((same): Part => ({
    steps: same,
    writers: same.map(({ fetch }) => compileRepresentation(fetch.requires!, fetch.inputRewrites ?? [], isOfType)),
    start: bodyStart(same[0]!.fetch.operation, same[0]!.fetch.operationName),
  }));
  const names = [...new Set(steps.flatMap(({ fetch }) => clientVariables(fetch)))];
  const togetherStart = parts.length > 1 ? bodyStart(together(parts), undefined) : '';
  const contextRewrites = steps[0]!.fetch.contextRewrites;

  const ask = (run: Run, body: string): Promise<SubgraphAnswer> => run.send({ service, url, body, caller: run.caller });

  const askOne = async (run: Run, batch: Batch, extra: string): Promise<void> => {
    const members = [
      writeVariables(clientVariables(batch.part.steps[0]!.fetch), run.variables),
      extra,
      `"representations":[${batch.representations.join()}]`,
    ];
    const answer = await ask(run, `${batch.part.start}${members.filter(Boolean).join()}}}`);
    takeUnplaced(run, answer, settings);
    take(run, batch, answer, '_entities', settings);
  };

  const askTogether = async (run: Run, batches: readonly Batch[]): Promise<void> => {
    const members = [
      writeVariables(names, run.variables),
      ...batches.map(({ number, representations }) => `"representations_${number}":[${representations.join()}]`),
    ];
    const answer = await ask(run, `${togetherStart}${members.filter(Boolean).join()}}}`);
    // One part can have spoilt the answer for the others: ask each on its own. A subgraph that is away is not asked again.
    if (!answer.data && !answer.errors?.some(({ extensions }) => isAbsence(extensions?.['code']))) {
      await Promise.all(batches.filter(({ objects }) => objects.length > 0).map((batch) => askOne(run, batch, '')));
      return;
    }
    takeUnplaced(run, answer, settings);
    for (const batch of batches)
      if (batch.objects.length > 0) take(run, batch, answer, `entities_${batch.number}`, settings);
  };

  return async (run) => {
    if (contextRewrites) return askByContext(run);
    const batches = parts.map((part, number) => batchOf(run, part, number, objectsOf(run, part)));
    const filled = batches.filter(({ objects }) => objects.length > 0);
    if (filled.length === 1) await askOne(run, filled[0]!, '');
    else if (filled.length > 1) await askTogether(run, batches);
  };

  /** Entities with different contexts go in different requests, since a context is a variable of the request. */
  async function askByContext(run: Run): Promise<void> {
    const [part] = parts as [Part];
    const [step] = part.steps as [Step];
    if (!isTaken(step.conditions, run.variables)) return;
    const byContext = Map.groupBy(placesAt(run.data, step.path), (place) =>
      contextVariables(contextRewrites!, place, isOfType),
    );
    await Promise.all(
      [...byContext].map(async ([context, places]) => {
        const batch = batchOf(run, part, 0, [places.map(({ object }) => object)]);
        if (batch.objects.length > 0) await askOne(run, batch, context);
      }),
    );
  }
}

const isAbsence = (code: unknown): boolean => code === 'SUBGRAPH_UNAVAILABLE' || code === 'SUBGRAPH_TIMEOUT';

const objectsOf = (run: Run, { steps }: Part): JsonObject[][] =>
  steps.map(({ path, conditions }) => (isTaken(conditions, run.variables) ? objectsAt(run.data, path) : []));

function batchOf(run: Run, part: Part, number: number, found: readonly JsonObject[][]): Batch {
  const batch: Batch = { part, number, representations: [], objects: [], indexes: [], origins: [] };
  const known = new Map<string, number>();
  found.forEach((objects, origin) => {
    // An object that stands in several places is completed once.
    const distinct = run.shared.size > 0 ? new Set(objects) : objects;
    for (const object of distinct) {
      const representation = part.writers[origin]!(object);
      if (representation === undefined) continue;
      let index = known.get(representation);
      if (index === undefined) known.set(representation, (index = batch.representations.push(representation) - 1));
      batch.objects.push(object);
      batch.indexes.push(index);
      batch.origins.push(origin);
    }
  });
  return batch;
}

/** Merges a part's answer into the client's, and its errors. */
function take(run: Run, batch: Batch, { data, errors }: SubgraphAnswer, key: string, settings: Settings): void {
  for (const error of errors ?? [])
    if (error.path?.[0] === key && typeof error.path[1] === 'number') takeError(run, batch, error, settings);
  const entities = data?.[key] as Json;
  if (!Array.isArray(entities)) return;
  const { part, objects, indexes, origins } = batch;
  /** The step that has taken each entity's own objects. */
  const owners = new Array<number | undefined>(entities.length);
  objects.forEach((object, i) => {
    const index = indexes[i]!;
    const entity = entities[index];
    if (typeof entity !== 'object' || entity === null || Array.isArray(entity)) return;
    const step = part.steps[origins[i]!]!;
    const owner = owners[index];
    if (owner === undefined) {
      owners[index] = origins[i];
      prepare(entity, object, step, settings.isOfType);
      merge(object, entity);
    } else if (owner === origins[i] && settings.isShareable(step)) {
      merge(object, entity);
      for (const name of Object.keys(entity)) share(run, entity[name]!);
    } else merge(object, copy(entity));
  });
}

/** Applies the step's rewrites, and keeps an interface's name (from `@interfaceObject`) from replacing the name of the type known already. */
function prepare(entity: JsonObject, object: JsonObject, { fetch }: Step, isOfType: IsOfType): void {
  const [known, given] = [object['__typename'], entity['__typename']];
  if (given !== undefined && given !== known && isOfType(known, String(given))) entity['__typename'] = known;
  if (!fetch.outputRewrites) return;
  entity['__typename'] ??= known;
  rewrite(fetch.outputRewrites, entity, isOfType);
}

function share(run: Run, value: Json): void {
  if (Array.isArray(value)) for (const element of value) share(run, element);
  else if (typeof value === 'object' && value !== null) run.shared.add(value);
}

/** Errors that name no entity concern the request as a whole, and no place of the answer. */
function takeUnplaced(run: Run, { errors }: SubgraphAnswer, { clientKeys }: Settings): void {
  for (const error of errors ?? [])
    if (typeof error.path?.[1] !== 'number') run.errors.push(asClientError(error, undefined, clientKeys));
}

/** An error of one entity is an error at every place where the entity stands. */
function takeError(
  run: Run,
  batch: Batch,
  error: NonNullable<SubgraphAnswer['errors']>[number],
  { clientKeys }: Settings,
): void {
  const index = error.path![1];
  batch.part.steps.forEach((step, origin) => {
    const meant = new Set(batch.objects.filter((_, i) => batch.indexes[i] === index && batch.origins[i] === origin));
    if (meant.size === 0) return;
    const keys = new Map([...clientKeys, ...renamedKeys(step.fetch)]);
    for (const { object, path } of placesAt(run.data, step.path))
      if (meant.has(object)) run.errors.push(asClientError(error, [...path, ...error.path!.slice(2)], keys));
  });
}

/** The operations of several parts as one, each with its own list of representations. */
function together(parts: readonly Part[]): string {
  const variables = new Map<string, string>();
  const fields = parts.map(({ steps }, number) => {
    const operation = parse(steps[0]!.fetch.operation).definitions[0] as OperationDefinitionNode;
    for (const definition of operation.variableDefinitions ?? [])
      if (definition.variable.name.value !== 'representations')
        variables.set(definition.variable.name.value, print(definition));
    const entities = operation.selectionSet.selections.find((node) => node.kind === Kind.FIELD) as {
      selectionSet: SelectionSetNode;
    };
    return `entities_${number}:_entities(representations:$representations_${number})${print(entities.selectionSet)}`;
  });
  const definitions = [...parts.map((_, number) => `$representations_${number}:[_Any!]!`), ...variables.values()];
  return stripIgnoredCharacters(`query(${definitions.join()}){${fields.join(' ')}}`);
}
