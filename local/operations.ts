import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { breaksOf } from '../gateway/operations/contracts.ts';
import { type Contract, contractsOfJoining, contractsOfThree } from './contracts.ts';
import { joiningIn } from './joining.ts';

/**
 * `npm run operations` writes what clients of the named operations rely on: the OpenAPI document, the Protobuf file and its numbers, of the three and of
 * the guests, or with `--join MODULE` of the subgraphs that join by it. With `--check [REVISION]` it writes nothing and fails when a file is behind, or
 * breaks what clients of that revision rely on (absent: HEAD).
 */
const { values, positionals } = parseArgs({
  options: { check: { type: 'boolean' }, join: { type: 'string' } },
  allowPositionals: true,
});
const [revision = 'HEAD'] = positionals;
const joining = await joiningIn(values.join === undefined ? ['--guests'] : ['--join', values.join]);
const contracts: Contract[] = [
  ...(values.join === undefined ? contractsOfThree() : []),
  ...contractsOfJoining(joining!),
].map((one) => ({ ...one, file: relative('.', one.file) }));

if (!values.check) {
  for (const { file, text } of contracts) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  console.log(`${contracts.map(({ file }) => file).join(', ')} are written.`);
} else {
  const faults = contracts.flatMap(faultsOf);
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
  else console.log('What clients rely on is as it was, or more.');
}

function faultsOf({ file, kind, text }: Contract): string[] {
  const isBehind = !existsSync(file) || readFileSync(file, 'utf8') !== text;
  const faults = isBehind ? [`${file} is behind the operations: npm run operations`] : [];
  const before = at(revision, file);
  if (before === undefined || kind === 'proto') return faults;
  if (kind === 'openApi') return [...faults, ...breaksOf(JSON.parse(before), JSON.parse(text))];
  return [...faults, ...renumbered(JSON.parse(before) as Lock, JSON.parse(text) as Lock)];
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
