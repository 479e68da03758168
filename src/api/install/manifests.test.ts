import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../kube/object.ts';
import { installManifests } from './manifests.ts';
import { defaultInstallOptions, type InstallOptions } from './options.ts';
import { proxyMemory } from './proxy-memory.ts';
import { proxyName } from './proxy.ts';

const manifests = (options: Partial<InstallOptions> = {}) =>
  installManifests({ ...defaultInstallOptions, ...options });
const find = (objects: KubeObject[], kind: string) => objects.filter((each) => each.kind === kind);

interface PodTemplate {
  metadata: { labels: Record<string, string> };
  spec: {
    securityContext: Record<string, unknown>;
    containers: {
      name: string;
      command: string[];
      args: string[];
      image: string;
      securityContext: Record<string, unknown>;
      volumeMounts: { name: string; mountPath: string }[];
    }[];
    volumes: { name: string; emptyDir?: object; hostPath?: object }[];
  };
}

function podOf(options: Partial<InstallOptions> = {}) {
  const [deployment] = find(manifests(options), 'Deployment');
  if (!deployment) throw new Error('no Deployment');
  const { template } = deployment['spec'] as { template: PodTemplate };
  const [container] = template.spec.containers;
  if (!container) throw new Error('no container');
  return { template, container };
}

describe('what is installed', () => {
  test('can be applied in order: namespace and CRDs first, the Deployment last', () => {
    const order = manifests().map(({ kind }) => kind);
    expect(order.slice(0, 3)).toEqual([
      'Namespace',
      'CustomResourceDefinition',
      'CustomResourceDefinition',
    ]);
    expect(order.at(-1)).toBe('Deployment');
  });

  test('is tenancy alone beside Flux: no kind, role or name of Flux', () => {
    const alone = manifests({ gitops: false, tenancy: true, namespace: 'tenantry-system' });
    const crds = find(alone, 'CustomResourceDefinition');
    expect(crds.every(({ metadata }) => metadata.name.endsWith('.capsule.clastix.io'))).toBe(true);
    expect(find(alone, 'Deployment').map(({ metadata }) => metadata.name)).toEqual([
      'tenantry-tenancy',
    ]);
    expect(alone.some(({ metadata }) => metadata.name.startsWith('flux-'))).toBe(false);
  });

  test.each<Partial<InstallOptions>>([
    {},
    { tenancy: true },
    { tenancy: true, gitops: false },
    { tenancy: true, gitops: false, proxy: true, bridge: true },
    { tenancy: true, proxy: true, bridge: true, separateComponents: true },
  ])('binds no role that is not there: %j', (options) => {
    const installed = manifests(options);
    const names = (kind: string) => find(installed, kind).map(({ metadata }) => metadata.name);
    const bound = [...find(installed, 'ClusterRoleBinding'), ...find(installed, 'RoleBinding')]
      .map(({ roleRef }) => roleRef as { kind: string; name: string })
      .filter(({ name }) => !name.startsWith('system:'));
    expect(bound.length).toBeGreaterThan(0);
    for (const { kind, name } of bound) expect(names(kind)).toContain(name);
  });

  test('has each object once', () => {
    const names = manifests({ tenantNamespaces: ['a', 'b'] }).map(({ kind, metadata }) =>
      JSON.stringify([kind, metadata.namespace, metadata.name]),
    );
    expect(new Set(names).size).toBe(names.length);
  });

  test('is found by the labels the flux CLI selects on, Pods included', () => {
    const labels = {
      'app.kubernetes.io/part-of': 'flux',
      'app.kubernetes.io/instance': 'gitops',
      'app.kubernetes.io/version': 'v9.9.9',
      'app.kubernetes.io/component': 'tenantry',
    };
    const options = { namespace: 'gitops', version: 'v9.9.9' };
    for (const { metadata } of manifests(options)) expect(metadata.labels).toMatchObject(labels);
    expect(podOf(options).template.metadata.labels).toMatchObject({ ...labels, app: 'tenantry' });
    expect(podOf(options).container.name).toBe('manager');
  });

  test('lives in one namespace, whatever it is called, and two installations share no name', () => {
    const objects = manifests({ namespace: 'gitops' });
    const namespaced = objects.filter(({ metadata }) => metadata.namespace !== undefined);
    expect(new Set(namespaced.map(({ metadata }) => metadata.namespace))).toEqual(
      new Set(['gitops']),
    );
    const others = new Set(manifests().map(({ kind, metadata }) => `${kind}/${metadata.name}`));
    const clusterWide = objects.filter(
      ({ kind, metadata }) =>
        metadata.namespace === undefined && kind !== 'CustomResourceDefinition',
    );
    const shared = clusterWide.filter(({ kind, metadata }) =>
      others.has(`${kind}/${metadata.name}`),
    );
    expect(shared).toEqual([]);
  });

  test('holds its namespace to the restricted Pod Security Standard', () => {
    const [namespace] = find(manifests(), 'Namespace');
    expect(namespace?.metadata.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/warn': 'restricted',
    });
  });
});

describe('the Deployment', () => {
  test('meets the restricted Pod Security Standard, and writes only to its own volumes', () => {
    const { template, container } = podOf();
    expect(template.spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(template.spec.volumes.every(({ emptyDir }) => emptyDir !== undefined)).toBe(true);
    expect(container.volumeMounts.map(({ mountPath }) => mountPath)).toEqual(['/data', '/tmp']);
  });

  test('takes flags at any place of args, and those given win', () => {
    const { container } = podOf({
      securityProfile: 'single-tenant',
      managerArgs: ['--log-level=debug', '--default-service-account=gitops-reconciler'],
      image: 'registry.internal/tenantry:v2',
    });
    expect(container.image).toBe('registry.internal/tenantry:v2');
    expect(container.command).toEqual(['tenantry', 'manager']);
    expect(container.args.every((argument) => argument.startsWith('--'))).toBe(true);
    expect(container.args[0]).toBe('--security-profile=single-tenant');
    expect(container.args.slice(-2)).toEqual([
      '--log-level=debug',
      '--default-service-account=gitops-reconciler',
    ]);
  });

  test('advertises the Service it is behind', () => {
    const [service] = find(manifests(), 'Service');
    expect(podOf().container.args).toContain(
      `--storage-adv-addr=${service?.metadata.name}.$(RUNTIME_NAMESPACE).svc.cluster.local.`,
    );
    expect(service?.['spec']).toMatchObject({ selector: { app: 'tenantry' } });
  });
});

describe('separate components', () => {
  const parts = find(manifests({ separateComponents: true }), 'Deployment').map((deployment) => {
    const { selector, template } = deployment['spec'] as {
      selector: { matchLabels: Record<string, string> };
      template: PodTemplate;
    };
    return { name: deployment.metadata.name, selector: selector.matchLabels, template };
  });
  const argsOf = ({ template }: { template: PodTemplate }) => template.spec.containers[0]?.args;

  test('are a Deployment each, and every Pod belongs to one', () => {
    expect(parts.map(({ name }) => name)).toEqual(['tenantry', 'tenantry-kustomize']);
    for (const { name, selector, template } of parts) {
      expect(selector).toEqual({ app: name });
      expect(template.metadata.labels).toMatchObject(selector);
    }
  });

  test('are all components together, and meet at the one Service', () => {
    const [source, kustomize] = parts.map(argsOf);
    expect(source).toContain('--components=source');
    expect(kustomize).toContain('--components=kustomize');
    const address = source?.find((argument) => argument.startsWith('--storage-adv-addr='));
    expect(kustomize).toContain(address);
    const [service] = find(manifests({ separateComponents: true }), 'Service');
    expect(service?.['spec']).toMatchObject({ selector: parts[0]?.selector });
  });
});

test('NetworkPolicies open the metrics and the artifacts, and can be left out', () => {
  const policies = find(manifests(), 'NetworkPolicy');
  expect(policies.map(({ metadata }) => metadata.name)).toEqual([
    'allow-egress',
    'allow-scraping',
    'allow-artifacts',
  ]);
  expect(JSON.stringify(policies)).not.toContain('9440');
  expect(find(manifests({ networkPolicies: false }), 'NetworkPolicy')).toEqual([]);
});

test("the proxy's process is started with what it saves memory by", () => {
  const deployments = find(manifests({ proxy: true, tenancy: true }), 'Deployment');
  const proxy = deployments.find(({ metadata }) => metadata.name === proxyName);
  const env = Object.entries(proxyMemory).map(([name, value]) => ({ name, value }));
  expect(proxy).toMatchObject({
    spec: { template: { spec: { containers: [{ env: expect.arrayContaining(env) }] } } },
  });
});
