import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Ajv } from 'ajv';
import { parse, parseAllDocuments } from 'yaml';
import { chart, digestFile, digestOfChart, flat, rendered, valueSets } from '../chartFiles.ts';
import { type Program, programs, variablesOfPrograms } from './variables.ts';

interface Labels {
  [name: string]: string;
}
interface Container {
  image: string;
  command: string[];
  ports: { name: string; containerPort: number }[];
  env: { name: string; valueFrom: { secretKeyRef: { name: string; key: string; optional: boolean } } }[];
  envFrom: { configMapRef: { name: string } }[];
  resources: { requests: Labels; limits: Labels };
  securityContext: object;
  readinessProbe: { httpGet: object };
  livenessProbe: { httpGet: object };
  startupProbe: { httpGet: object };
}
interface Pod {
  metadata: { labels: Labels; annotations: Labels };
  spec: {
    containers: Container[];
    securityContext: object;
    automountServiceAccountToken: boolean;
    terminationGracePeriodSeconds: number;
  };
}
interface Manifest {
  kind: string;
  apiVersion: string;
  metadata: { name: string; labels: Labels };
  data?: Labels;
  spec: {
    replicas?: number;
    template: Pod;
    selector: { matchLabels: Labels } & Labels;
    ports: { port: number; targetPort: string }[];
    scaleTargetRef: { name: string };
    minReplicas: number;
    maxReplicas: number;
    behavior: object;
    maxUnavailable: number;
    podSelector: { matchLabels: Labels };
    rules: { http: { paths: { backend: { service: { name: string } } }[] } }[];
  };
}

const sets = ['default', ...valueSets().map((path) => basename(path, '.yaml'))];
const manifestsOf = (set: string): Manifest[] =>
  parseAllDocuments(readFileSync(join(rendered, `${set}.yaml`), 'utf8')).flatMap(
    (document) => (document.toJS() as Manifest | null) ?? [],
  );
const ofKind = (manifests: readonly Manifest[], kind: string) => manifests.filter((one) => one.kind === kind);
const selects = (labels: Labels, chosen: Labels) =>
  Object.entries(labels).every(([name, value]) => chosen[name] === value);

test('what was rendered is of the chart as it is; npm run chart renders it anew', () => {
  expect(readFileSync(digestFile, 'utf8').trim()).toBe(digestOfChart());
  expect(readFileSync(flat, 'utf8')).toBe(readFileSync(join(rendered, 'default.yaml'), 'utf8'));
  expect(sets).toHaveLength(5);
});

describe.each(sets)('rendered with the values %s', (set) => {
  const manifests = manifestsOf(set);
  const deployments = ofKind(manifests, 'Deployment');
  const jobs = ofKind(manifests, 'Job').map(({ spec }) => spec.template);
  const served = deployments.map(({ spec }) => spec.template);
  const pods = [...served, ...jobs];

  test('each program is a deployment that Kubernetes can watch and that may do nothing else', () => {
    expect(deployments.map(({ metadata }) => metadata.name)).toEqual(
      ['auth', 'catalog', 'gateway', 'progress'].map((program) => `questline-${program}`),
    );
    for (const { spec } of pods) {
      expect(spec).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      for (const container of spec.containers) {
        expect(container).toMatchObject({
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        });
        expect(Object.keys(container.resources.requests)).toEqual(expect.arrayContaining(['cpu', 'memory']));
        expect(Object.keys(container.resources.limits)).toContain('memory');
        expect(container.image).toMatch(/:\d/);
        expect(container.command).toContain('--enable-source-maps');
      }
    }
    for (const { spec } of served)
      expect(spec.containers[0]).toMatchObject({
        readinessProbe: { httpGet: { path: '/ready', port: 'http' } },
        livenessProbe: { httpGet: { path: '/health', port: 'http' } },
        startupProbe: { httpGet: { path: '/health', port: 'http' } },
      });
    expect(jobs).toHaveLength(set === 'off' ? 0 : 1);
  });

  test('selectors find their pods, and ports are those that the process listens on', () => {
    for (const { spec } of deployments)
      expect(selects(spec.selector.matchLabels, spec.template.metadata.labels)).toBe(true);
    for (const service of ofKind(manifests, 'Service')) {
      const chosen = pods.filter(({ metadata }) => selects(service.spec.selector, metadata.labels));
      expect(chosen).toHaveLength(1);
      const open = chosen[0]!.spec.containers[0]!.ports;
      for (const { port, targetPort } of service.spec.ports)
        expect(open).toContainEqual({ name: targetPort, containerPort: port });
    }
    for (const { data, metadata } of ofKind(manifests, 'ConfigMap')) {
      const ports = deployments.find((one) => one.metadata.name === metadata.name)!.spec.template.spec.containers[0]!
        .ports;
      expect([data!['PORT'], data!['METRICS_PORT'], data!['GRPC_PORT']]).toEqual(
        ['http', 'metrics', 'grpc'].map((name) => ports.find((one) => one.name === name)?.containerPort.toString()),
      );
      for (const url of Object.values(data!).filter((value) => /^http:\/\/questline-/.test(value)))
        expect(ofKind(manifests, 'Service').map((one) => one.metadata.name)).toContain(new URL(url).hostname);
    }
  });

  test('budgets never hold up the only pod, and what scales is there', () => {
    const replicasOf = (name: string) =>
      ofKind(manifests, 'HorizontalPodAutoscaler').find((one) => one.metadata.name === name)?.spec.minReplicas ??
      deployments.find((one) => one.metadata.name === name)!.spec.replicas!;
    for (const { metadata, spec } of ofKind(manifests, 'PodDisruptionBudget')) {
      expect(spec.maxUnavailable).toBe(1);
      expect(replicasOf(metadata.name)).toBeGreaterThan(1);
      expect(pods.filter((pod) => selects(spec.selector.matchLabels, pod.metadata.labels))).toHaveLength(1);
    }
    for (const { spec } of ofKind(manifests, 'HorizontalPodAutoscaler')) {
      const scaled = deployments.find((one) => one.metadata.name === spec.scaleTargetRef.name)!;
      expect(scaled.spec.replicas).toBeUndefined();
      expect(spec.minReplicas).toBeLessThanOrEqual(spec.maxReplicas);
      expect(Object.keys(spec.behavior)).toEqual(['scaleUp', 'scaleDown']);
    }
  });

  test('network policies are about pods that are there, each of them', () => {
    const policies = ofKind(manifests, 'NetworkPolicy');
    if (policies.length === 0) return expect(['laptop', 'off']).toContain(set);
    for (const { spec } of policies)
      expect(pods.some(({ metadata }) => selects(spec.podSelector.matchLabels, metadata.labels))).toBe(true);
    expect(policies).toHaveLength(pods.length + 1);
  });

  test('what comes in leads to the gateway', () => {
    for (const { spec } of ofKind(manifests, 'Ingress'))
      expect(spec.rules[0]!.http.paths[0]!.backend.service.name).toBe('questline-gateway');
    expect(ofKind(manifests, 'Ingress').length + ofKind(manifests, 'HTTPRoute').length).toBeLessThanOrEqual(1);
  });

  test('secrets come by the keys of one Secret and stand in no ConfigMap', () => {
    const variables = variablesOfPrograms();
    for (const { metadata, spec } of deployments) {
      const program = metadata.name.replace('questline-', '') as Program;
      const [container] = spec.template.spec.containers;
      for (const { name, valueFrom } of container!.env) {
        expect(variables[program]).toContain(name);
        expect(valueFrom.secretKeyRef.name).toBe(set === 'laptop' ? 'questline-secrets' : 'questline');
      }
      const config = ofKind(manifests, 'ConfigMap').find(
        (one) => one.metadata.name === container!.envFrom[0]!.configMapRef.name,
      );
      for (const name of Object.keys(config!.data!)) {
        expect(variables[program]).toContain(name);
        expect(container!.env.map((one) => one.name)).not.toContain(name);
      }
    }
  });
});

describe('the schema of the values', () => {
  const schema = JSON.parse(readFileSync(join(chart, 'values.schema.json'), 'utf8')) as {
    properties: { programs: { properties: Record<Program, { properties: { env: { properties: object } } }> } };
  };
  const usual = parse(readFileSync(join(chart, 'values.yaml'), 'utf8')) as Record<string, object>;
  const validate = new Ajv({ allErrors: true, strict: false }).compile(schema);
  const faultsOf = (changes: object) => {
    validate(merged(usual, changes));
    return (validate.errors ?? []).map(({ instancePath }) => instancePath);
  };

  test.each(programs)(
    'every variable of %s is set by the chart, comes from the Secret, or can be set as a value',
    (program) => {
      const [deployment] = manifestsOf('default').filter(
        ({ kind, metadata }) => kind === 'Deployment' && metadata.name === `questline-${program}`,
      );
      const [config] = manifestsOf('default').filter(
        ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === `questline-${program}`,
      );
      const settable = Object.keys(schema.properties.programs.properties[program].properties.env.properties);
      const secret = deployment!.spec.template.spec.containers[0]!.env.map(({ name }) => name);
      expect([...settable, ...secret, ...Object.keys(config!.data!)].sort()).toEqual(
        [...variablesOfPrograms()[program]].sort(),
      );
    },
  );

  test('takes the usual values and refuses what contradicts itself, with the path', () => {
    expect(faultsOf({})).toEqual([]);
    expect(faultsOf({ ingress: { enabled: true } })).toContain('/ingress/host');
    const host = { enabled: true, host: 'a.example' };
    expect(faultsOf({ ingress: host, httpRoute: { ...host, gateway: { name: 'public' } } })).toContain(
      '/httpRoute/enabled',
    );
    expect(faultsOf({ secrets: { create: { GATEWAY_SECRET: 'x' } } })).toContain('/secrets');
    expect(faultsOf({ programs: { gateway: { env: { GATEWAY_SECRET: 'x' } } } })).toContain('/programs/gateway/env');
    expect(faultsOf({ image: { tag: 'latest' } })).toContain('/image/tag');
    expect(faultsOf({ programs: { auth: { replicas: 0 } } })).toContain('/programs/auth/replicas');
  });
});

function merged(base: unknown, changes: unknown): unknown {
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject(base) || !isObject(changes)) return changes;
  const names = [...new Set([...Object.keys(base), ...Object.keys(changes)])];
  return Object.fromEntries(
    names.map((name) => [name, name in changes ? merged(base[name], changes[name]) : base[name]]),
  );
}
