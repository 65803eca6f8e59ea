import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');
export const programs = ['gateway', 'auth', 'catalog', 'progress'] as const;
export type Program = (typeof programs)[number];

/** By program, the variables that docs/configuration.md says it reads. */
export function variablesOfPrograms(): Record<Program, Set<string>> {
  const section = readFileSync(join(root, 'docs/configuration.md'), 'utf8');
  const found = Object.fromEntries(programs.map((program) => [program, new Set<string>()])) as Record<
    Program,
    Set<string>
  >;
  for (const [, names, processes] of section.matchAll(/^\| (`[A-Z\d_`, ]+`) \| ([^|]+) \|/gm)) {
    const [first, ...others] = names!.replaceAll('`', '').split(', ');
    // `ROUTING_URL_AUTH`, `_CATALOG`: the beginning is that of the first.
    const stem = first!.replace(/_[A-Z]+$/, '');
    const variables = [first!, ...others.map((name) => (name.startsWith('_') ? stem + name : name))];
    for (const program of programsOf(processes!)) for (const variable of variables) found[program].add(variable);
  }
  return found;
}

function programsOf(processes: string): readonly Program[] {
  const named = processes.split(', ').map((each) => each.trim());
  if (named.includes('all')) return programs;
  return programs.filter(
    (program) => named.includes(program) || (named.includes('subgraphs') && program !== 'gateway'),
  );
}
