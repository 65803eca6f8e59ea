import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type DocumentNode, GraphQLError, Kind, type OperationDefinitionNode, parse } from 'graphql';
import { StartRefusal } from '../../shared/process/environment.ts';

/** An operation that has a name and is kept in a folder, reviewed like code. */
export interface NamedOperation {
  name: string;
  /** As it stands in its file. */
  text: string;
  document: DocumentNode;
  definition: OperationDefinitionNode;
  /** The comment on top of its file: the first line in short, the rest in full. */
  summary: string;
  description: string;
}

/** The operations of `FOLDER/*.graphql` by name, one in each file, which bears its name. Throws a StartRefusal that names the file and its fault. */
export function readOperations(folder: string): Map<string, NamedOperation> {
  const files = globSync('*.graphql', { cwd: folder }).sort();
  if (files.length === 0)
    throw new StartRefusal(
      `There is no operation in ${folder}.`,
      'Name a folder with files such as getQuest.graphql, each with one named operation.',
    );
  return new Map(
    files.map((file) => {
      const operation = readOperation(join(folder, file));
      return [operation.name, operation];
    }),
  );
}

function readOperation(file: string): NamedOperation {
  const text = readFileSync(file, 'utf8');
  const refuse = (fault: string, fix: string) => new StartRefusal(`${file}: ${fault}.`, fix);
  let document: DocumentNode;
  try {
    document = parse(text);
  } catch (error) {
    const line = error instanceof GraphQLError ? (error.locations?.[0]?.line ?? 1) : 1;
    throw refuse(`line ${line} is not GraphQL`, error instanceof Error ? error.message : String(error));
  }
  const operations = document.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
  const [definition] = operations;
  const name = basename(file, '.graphql');
  if (!definition || operations.length > 1)
    throw refuse(`it has ${operations.length} operations`, 'Give each operation a file of its own.');
  if (definition.name?.value !== name)
    throw refuse(
      `its operation is ${definition.name ? `named ${definition.name.value}` : 'not named'}`,
      `Name it ${name}, or rename the file.`,
    );
  return { name, text, document, definition, ...wordsOf(text) };
}

function wordsOf(text: string): Pick<NamedOperation, 'summary' | 'description'> {
  const lines = /^(?:#.*\r?\n)*/
    .exec(text)![0]
    .split(/\r?\n/)
    .filter((line) => line !== '');
  const [summary = '', ...rest] = lines.map((line) => line.replace(/^#\s?/, ''));
  return { summary, description: rest.join('\n').trim() };
}
