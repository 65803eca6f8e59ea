import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { chart } from '../chartFiles.ts';
import { freePort } from '../../local/ports.ts';
import { until } from '../../shared/testing/harness.ts';
import { root } from './variables.ts';

export const alertsFile = join(chart, 'files/alerts.yaml');

export interface Alert {
  alert: string;
  expr: string;
  annotations: { runbook: string };
}
export const alerts = (parse(readFileSync(alertsFile, 'utf8')) as { groups: { rules: Alert[] }[] }).groups.flatMap(
  ({ rules }) => rules,
);

/** Prometheus's own tool, which is needed: apt-get install prometheus. */
export function promtool(...given: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr, error } = spawnSync('promtool', given, { encoding: 'utf8', cwd: root });
  if (error) throw new Error('promtool is not on PATH: apt-get install prometheus');
  return { status, output: stdout + stderr };
}

export interface Prometheus {
  /** How many series the expression has now. */
  count(expression: string): Promise<number>;
  /** Names of the alerts that are pending or firing. */
  active(): Promise<string[]>;
  stop(): Promise<void>;
}

/** A real Prometheus that asks these ports each second. */
export async function startPrometheus(ports: readonly number[]): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'questline-prometheus-'));
  const port = await freePort();
  const targets = ports.map((one) => `127.0.0.1:${one}`);
  const settings = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [alertsFile],
    scrape_configs: [{ job_name: 'questline', static_configs: [{ targets }] }],
  };
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(settings));
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const ask = async (path: string): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    const { data, error } = (await response.json()) as { data: unknown; error?: string };
    if (error) throw new Error(error);
    return data;
  };
  await until(async () => (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok, 'Prometheus to be ready');
  return {
    async count(expression) {
      const { result } = (await ask(`/api/v1/query?query=${encodeURIComponent(expression)}`)) as { result: unknown[] };
      return result.length;
    },
    async active() {
      const { alerts: found } = (await ask('/api/v1/alerts')) as { alerts: { labels: { alertname: string } }[] };
      return [...new Set(found.map(({ labels }) => labels.alertname))];
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
