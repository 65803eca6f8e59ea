import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { chart, digestFile, digestOfChart, flat, rendered, valueSets } from './chartFiles.ts';

/**
 * `npm run chart`: renders the chart by Helm, which has to be on PATH, for each set of values, and writes what the tests and `kubectl apply` read.
 * `-- --check` only says what is behind. Values that contradict each other have to be refused.
 */
const isCheck = process.argv.includes('--check');
const faults: string[] = [];

function helm(...given: string[]): { ok: boolean; output: string; error: string } {
  const { status, stdout, stderr, error } = spawnSync('helm', given, { encoding: 'utf8' });
  if (error) {
    process.stderr.write('Helm is not on PATH: go install helm.sh/helm/v4/cmd/helm@latest\n');
    process.exit(1);
  }
  return { ok: status === 0, output: stdout, error: stderr };
}

function keep(path: string, text: string): void {
  if (!isCheck) writeFileSync(path, text);
  else if (readFileSync(path, 'utf8') !== text) faults.push(`${path} is behind: npm run chart`);
}

const template = (...given: string[]) => helm('template', 'questline', chart, '--namespace', 'questline', ...given);
const sets: [name: string, values: string[]][] = [
  ['default', []],
  ...valueSets().map((path): [string, string[]] => [basename(path, '.yaml'), ['--values', path]]),
];
for (const [name, values] of sets) {
  const { ok, output, error } = template(...values);
  if (!ok) faults.push(`${name} cannot be rendered: ${error}`);
  else keep(join(rendered, `${name}.yaml`), output);
  if (ok && name === 'default') keep(flat, output);
}

/** What has to be refused, and what the refusal has to name. */
const contradictions: [given: string[], named: string][] = [
  [
    [
      '--set',
      'ingress.enabled=true,ingress.host=a.example,httpRoute.enabled=true,httpRoute.host=a.example,httpRoute.gateway.name=g',
    ],
    'httpRoute',
  ],
  [['--set', 'ingress.enabled=true'], 'host'],
  [['--set', 'secrets.create.GATEWAY_SECRET=x'], 'secrets'],
  [['--set', 'programs.gateway.env.GATEWAY_SECRET=x'], 'GATEWAY_SECRET'],
  [['--set', 'programs.gateway.env.NOT_THERE=x'], 'NOT_THERE'],
  [['--set', 'image.tag=latest'], 'tag'],
  [['--set', 'programs.auth.replicas=none'], 'replicas'],
  [['--set', 'programs.auth.autoscaling.enabled=true,programs.auth.autoscaling.min=9'], 'programs.auth.autoscaling'],
  [['--set', 'programs.gateway.env.DRAIN_MS=60000'], 'programs.gateway.graceSeconds'],
];
for (const [given, named] of contradictions) {
  const { ok, error } = template(...given);
  if (ok) faults.push(`${given.join(' ')} is not refused`);
  else if (!error.includes(named)) faults.push(`the refusal of ${given.join(' ')} does not name ${named}: ${error}`);
}
const linted = helm('lint', '--strict', chart);
if (!linted.ok) faults.push(linted.output);

keep(digestFile, `${digestOfChart()}\n`);
for (const fault of faults) process.stderr.write(`${fault}\n`);
if (faults.length > 0) process.exit(1);
process.stdout.write(
  `${sets.length} sets of values are rendered, ${contradictions.length} contradictions are refused.\n`,
);
