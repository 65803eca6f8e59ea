import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Supergraph } from '@apollo/federation-internals';
import { breaksOf, contractsOf } from '../gateway/operations/contracts.ts';
import { loadOperations } from '../gateway/operations/operations.ts';
import { loadSupergraph } from '../gateway/supergraph/supergraph.ts';

/**
 * `npm run operations` writes what clients of the named operations rely on: the OpenAPI document, the Protobuf file and its numbers. With
 * `--check [REVISION]` it writes nothing and fails when a file is behind, or breaks what clients of that revision rely on (absent: HEAD).
 */
const [flag, revision = 'HEAD'] = process.argv.slice(2);
const files = { openApi: 'operations/openapi.json', proto: 'proto/questline.proto', lock: 'operations/grpc.lock.json' };
const schema = Supergraph.build(loadSupergraph({ file: 'supergraph.yaml' }))
  .apiSchema()
  .toGraphQLJSSchema();
const contracts = contractsOf(loadOperations('operations'), schema);

if (flag !== '--check') {
  mkdirSync('proto', { recursive: true });
  for (const [name, file] of Object.entries(files)) writeFileSync(file, contracts[name as keyof typeof files]!);
  console.log(`${Object.values(files).join(', ')} are written.`);
} else {
  const faults = Object.entries(files)
    .filter(([name, file]) => !existsSync(file) || readFileSync(file, 'utf8') !== contracts[name as keyof typeof files])
    .map(([, file]) => `${file} is behind the operations: npm run operations`);
  const before = at(revision, files.openApi);
  if (before) faults.push(...breaksOf(JSON.parse(before), JSON.parse(contracts.openApi)));
  const lock = at(revision, files.lock);
  if (lock) faults.push(...renumbered(JSON.parse(lock), JSON.parse(contracts.lock!)));
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
  else console.log('What clients rely on is as it was, or more.');
}

/** A file as a revision has it; undefined when it has none. */
function at(revision: string, file: string): string | undefined {
  try {
    return execFileSync('git', ['show', `${revision}:${file}`], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return undefined;
  }
}

type Lock = Record<string, Record<string, number>>;

/** Fields whose number is another than it was, in messages that are still there. */
function renumbered(before: Lock, after: Lock): string[] {
  return Object.entries(before).flatMap(([message, fields]) =>
    Object.entries(fields).flatMap(([field, number]) =>
      after[message] && after[message][field] !== number
        ? [`${message}.${field} had the number ${number} on the wire.`]
        : [],
    ),
  );
}
