import { Kustomization } from '../src/api/kustomize/kustomization.ts';
import { GitRepository } from '../src/api/source/git-repository.ts';
import { apiVersionOf, type KubeObject, type ResourceType } from '../src/kube/object.ts';
import { endlessFiles } from '../src/engines/render/__fixtures__/engine.ts';
import { home } from '../test/support/estate-objects.ts';
import type { BenchOptions } from './options.ts';

const builtin = (group: string, kind: string, plural: string): ResourceType => {
  return { group, version: 'v1', kind, plural, namespaced: true };
};

export const types = {
  configMap: builtin('', 'ConfigMap', 'configmaps'),
  deployment: builtin('apps', 'Deployment', 'deployments'),
  service: builtin('', 'Service', 'services'),
  serviceAccount: builtin('', 'ServiceAccount', 'serviceaccounts'),
  gitRepository: GitRepository.type,
  kustomization: Kustomization.type,
};

export const repository = 'fleet';
export const source = { namespace: home, name: repository };
export const deploymentFile = 'app/deployment.yaml';
/** Steps of the dependsOn chain. */
export const chainLength = 5;

/** Namespaces `<prefix>-0001` …; their order is that of their names. */
export function namespaceNames(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}-${String(i + 1).padStart(4, '0')}`);
}

const labels = { app: 'web' };

function deployment(image: string): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', labels },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'web', image }] } },
    },
  };
}

/** Wants a pod, and there is no node: not done within a second is failed. */
function failing(image: string): KubeObject {
  const stuck = deployment(image);
  const spec = { ...(stuck['spec'] as object), replicas: 1, progressDeadlineSeconds: 1 };
  return { ...stuck, spec };
}

const meta = (name: string) => ({ metadata: { name, labels } });

/** What one tenant deploys: four small objects, none of which needs a node. */
export function appObjects(image: string): [ResourceType, KubeObject][] {
  const spec = { clusterIP: 'None', selector: labels, ports: [{ name: 'http', port: 80 }] };
  return [
    [types.serviceAccount, { apiVersion: 'v1', kind: 'ServiceAccount', ...meta('web') }],
    [
      types.configMap,
      { apiVersion: 'v1', kind: 'ConfigMap', ...meta('web'), data: { colour: 'blue' } },
    ],
    [types.service, { apiVersion: 'v1', kind: 'Service', ...meta('web'), spec }],
    [types.deployment, deployment(image)],
  ];
}

/** JSON is YAML. */
export const deploymentText = (image: string) => JSON.stringify(deployment(image));

/** The repository: what all tenants deploy, the steps of the chain, and what the noisy one has. */
export function repositoryFiles(image: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const [{ plural, kind }, object] of appObjects(image)) {
    const file = kind === 'Deployment' ? deploymentFile : `app/${plural}.yaml`;
    files[file] = JSON.stringify(object);
  }
  for (let step = 1; step <= chainLength; step++) {
    const config = { apiVersion: 'v1', kind: 'ConfigMap', ...meta(`step-${step}`) };
    files[`chain/${step}/step.yaml`] = JSON.stringify({ ...config, data: { step: String(step) } });
    files[`chain/${step}/deployment.yaml`] = JSON.stringify({
      ...deployment(image),
      metadata: { name: `step-${step}` },
    });
  }
  files['failing/deployment.yaml'] = JSON.stringify(failing(image));
  for (const [file, text] of Object.entries(endlessFiles())) files[`endless/${file}`] = text;
  return files;
}

export function sharedSource(url: string, { interval }: BenchOptions): KubeObject {
  return {
    apiVersion: apiVersionOf(types.gitRepository),
    kind: 'GitRepository',
    metadata: source,
    spec: {
      interval,
      url,
      ref: { branch: 'main' },
      accessFrom: { namespaceSelectors: [{ matchLabels: {} }] },
    },
  };
}

/** A tenant's Kustomization, applied as the tenant's own ServiceAccount and waited for. */
export function kustomization(
  namespace: string,
  name: string,
  spec: Record<string, unknown>,
): KubeObject {
  return {
    apiVersion: apiVersionOf(types.kustomization),
    kind: 'Kustomization',
    metadata: { name, namespace },
    spec: {
      retryInterval: '5s',
      prune: true,
      wait: true,
      timeout: '2m',
      serviceAccountName: 'gitops-reconciler',
      sourceRef: { kind: 'GitRepository', ...source },
      ...spec,
    },
  };
}

export function appKustomization(
  namespace: string,
  { interval, shared }: BenchOptions,
): KubeObject {
  const own = shared ? {} : { targetNamespace: namespace };
  return kustomization(namespace, 'app', { interval, path: './app', ...own });
}
