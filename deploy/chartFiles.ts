import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const here = import.meta.dirname;
export const chart = join(here, 'helm/questline');
export const rendered = join(here, 'helm/rendered');
/** For `kubectl apply -f`. */
export const flat = join(here, 'kubernetes/questline.yaml');
export const digestFile = join(rendered, 'digest');

export const valueSets = (): string[] => globSync(join(here, 'helm/values/*.yaml')).sort();

/** Of all that Helm reads, so that it is seen without Helm when what was rendered is behind. */
export function digestOfChart(): string {
  const files = [...globSync(join(chart, '**/*.*')), ...valueSets()].sort();
  const hash = createHash('sha256');
  for (const file of files) hash.update(file.slice(here.length)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}
