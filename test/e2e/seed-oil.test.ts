import { afterAll, beforeAll, expect, test } from 'vitest';
import { configMap, editBinding, home } from '../support/estate-objects.ts';
import { startEstate, type Estate } from '../support/estate.ts';
import { reportOnFailure } from '../support/report-on-failure.ts';
import { seed, withoutKubeConfig } from '../support/seed.ts';

/**
 * Tenants operate by Git in a locked control plane: a root Kustomization of the platform admin's
 * declares them, each then reconciles itself as its own account. The kubeconfig that
 * `spec.kubeConfig` names is the tenant proxy's: while nobody made it, the condition says so, and
 * everything works without it.
 */
const lockdown = [
  '--no-cross-namespace-refs=true',
  '--no-remote-bases=true',
  '--default-service-account=gitops-reconciler',
];

let estate: Estate;
beforeAll(async () => {
  estate = await startEstate({ tenants: [] });
  await estate.startManager(lockdown);
});
afterAll(() => estate?.[Symbol.asyncDispose]());
reportOnFailure(() => estate);

async function apply(input: string): Promise<void> {
  const { code, stderr } = await estate.kubectl(['apply', '-f', '-'], { input });
  expect([code, stderr]).toEqual([0, expect.not.stringContaining('rror')]);
}
const get = async (...args: string[]) => (await estate.kubectl(['get', ...args])).stdout;

/** The Secret is missing, or the account may not read it yet. */
const proxied = {
  ready: 'False' as const,
  reason: 'ReconciliationFailed',
  message: /gitops-reconciler-kubeconfig/,
};

test.each(['oil', 'platform', 'my-tenant'])(
  'the API server takes %s word for word',
  async (name) => {
    // Its namespaces are not there yet, so that they are left to the tests below.
    const manifest = seed(name).replaceAll(
      /namespace: (oil-system|my-tenant)/g,
      'namespace: default',
    );
    const args = ['apply', '--dry-run=server', '--validate=strict', '-f', '-'];
    const { code, stderr } = await estate.kubectl(args, { input: manifest });
    expect([code, stderr.replace(/^Warning: .*deprecated.*\n/gm, '')]).toEqual([0, '']);
  },
);

test("oil: the tenant's repository is applied as its own account", async () => {
  const url = estate.git.url('oil-apps');
  await estate.git.createRepo('oil-apps');
  // A GitRepository that names no ref means branch master.
  await estate.git.commit('oil-apps', {
    write: { 'settings.yaml': configMap('settings', 'oil') },
    branch: 'master',
  });
  const oil = { namespace: 'oil-system', name: 'oil' };
  const apps = { ...oil, name: 'oil-apps' };
  const places = { 'https://github.com/oil/oil-apps': url };
  await apply(seed('oil', places));
  await estate.settled('GitRepository', oil, { ready: 'True' });
  await estate.settled('Kustomization', apps, proxied);
  await apply(withoutKubeConfig(seed('oil', places)));
  await estate.settled('Kustomization', apps, {
    ready: 'False',
    reason: 'ReconciliationFailed',
    message:
      /ServiceAccount 'oil-system\/gitops-reconciler' may not .* RoleBinding in 'oil-system'/,
  });
  await estate.apply(editBinding('oil-system', 'gitops-reconciler'));
  await estate.request('Kustomization', apps);
  await estate.settled('Kustomization', apps, { ready: 'True' });
  const applied = ['-n', 'oil-system', 'cm/settings', '-o', 'jsonpath={.data.value}'];
  expect(await get(...applied)).toBe('oil');
});

test('a root Kustomization declares a tenant, whose own Kustomizations follow', async () => {
  const fleet = estate.git;
  await fleet.createRepo('all', {
    'config/kustomization.yaml': 'resources: [my-apps.yaml]\n',
    'config/my-apps.yaml': seed('my-apps'),
    'config/apps/settings.yaml': configMap('settings', 'my-apps'),
  });
  const tenant = seed('my-tenant', { 'https://github.com/my-tenant/all.git': fleet.url('all') });
  await fleet.createRepo('platform', { 'clusters/staging/my-tenant.yaml': tenant });
  await estate.apply(...admin(fleet.url('platform')));
  await apply(seed('platform'));
  const root = { namespace: home, name: 'flux-system' };
  await estate.settled('Kustomization', root, { ready: 'True' });

  const mine = { namespace: 'my-tenant', name: 'my-tenant' };
  const apps = { namespace: 'my-tenant', name: 'my-apps' };
  await estate.settled('GitRepository', mine, { ready: 'True' });
  await estate.settled('Kustomization', mine, proxied);
  await fleet.commit('platform', {
    write: { 'clusters/staging/my-tenant.yaml': withoutKubeConfig(tenant) },
  });
  await estate.request('GitRepository', root);
  await estate.settled('Kustomization', mine, { ready: 'True' });
  await estate.settled('Kustomization', apps, proxied);
  await fleet.commit('all', {
    write: { 'config/my-apps.yaml': withoutKubeConfig(seed('my-apps')) },
  });
  await estate.request('GitRepository', mine);
  await estate.settled('Kustomization', apps, { ready: 'True' });
  expect(await get('-n', 'my-tenant', 'cm/settings', '-o', 'jsonpath={.data.value}')).toBe(
    'my-apps',
  );
});

test('the lockdown of Flux is a kustomization like any other', async () => {
  const controllers = ['kustomize-controller', 'helm-controller', 'source-controller'];
  const root = { namespace: home, name: 'flux-system' };
  const commit = await estate.git.commit('platform', {
    write: {
      'clusters/staging/kustomization.yaml': 'resources: [my-tenant.yaml, flux]\n',
      'clusters/staging/flux/kustomization.yaml': seed('lockdown'),
      'clusters/staging/flux/flux-components.yaml': [
        ...controllers.map(deployment),
        withoutServiceAccount(seed('platform')),
      ].join('---\n'),
    },
  });
  await estate.request('GitRepository', root);
  await estate.settled('GitRepository', root, { ready: 'True' });
  const at = ['-n', home, '-o'];
  const args = 'jsonpath={.spec.template.spec.containers[0].args}';
  await estate.settled('Kustomization', root, {
    ready: 'True',
    revision: `main@sha1:${commit}`,
  });
  expect(JSON.parse(await get('deployment/kustomize-controller', ...at, args))).toEqual([
    '--default-service-account=gitops-reconciler',
    '--no-cross-namespace-refs=true',
    '--watch-all-namespaces=true',
    '--no-remote-bases=true',
  ]);
  expect(JSON.parse(await get('deployment/source-controller', ...at, args))).toEqual([
    '--watch-all-namespaces=true',
  ]);
  expect(await get('ks/flux-system', ...at, 'jsonpath={.spec.serviceAccountName}')).toBe(
    'kustomize-controller',
  );
});

/** The platform's own source, and the account with cluster-admin rights that the root names. */
function admin(url: string) {
  const account = { kind: 'ServiceAccount', name: 'kustomize-controller', namespace: home };
  const apiGroup = 'rbac.authorization.k8s.io';
  return [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: account.name, namespace: home },
    },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'root' },
      subjects: [account],
      roleRef: { apiGroup, kind: 'ClusterRole', name: 'cluster-admin' },
    },
    {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: { name: 'flux-system', namespace: home },
      spec: { url, interval: '10m', ref: { branch: 'main' } },
    },
  ];
}

const withoutServiceAccount = (manifest: string) =>
  manifest.replace(/^ {2}serviceAccountName:.*\n/m, '');

const deployment = (name: string) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: flux-system
spec:
  replicas: 0
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      containers:
        - { name: manager, image: 'ghcr.io/fluxcd/${name}:v1', args: ['--watch-all-namespaces=true'] }
`;
