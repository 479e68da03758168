import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseYamlDocuments } from '../../src/base/yaml.ts';
import { isForbidden } from '../../src/kube/api-error.ts';
import { userIdentity } from '../../src/kube/identity.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { GitRepository } from '../../src/api/source/git-repository.ts';
import { Kustomization } from '../../src/api/kustomize/kustomization.ts';
import { startEstate, type Estate } from '../support/estate.ts';
import {
  configMap,
  editBinding,
  home,
  namespace,
  tenantObjects,
} from '../support/estate-objects.ts';

/**
 * The manifests of the documents people learn multi-tenant GitOps from, as they stand there (only
 * the Git address is this test's), in the versions they were written for.
 */
let estate: Estate;
const manifests = (text: string) => parseYamlDocuments(text) as KubeObject[];
const apply = (text: string) => estate.apply(...manifests(text));

beforeAll(async () => {
  estate = await startEstate({ tenants: [] });
  await estate.git.createRepo('your-repo', {
    'tenant-a/app-a/settings.yaml': configMap('app-a', 'a'),
    'tenant-a/kustomization.yaml': 'resources: [app-a/settings.yaml]\n',
    'tenant-b/app-b/settings.yaml': configMap('app-b', 'b'),
    'tenant-b/kustomization.yaml': 'resources: [app-b/settings.yaml]\n',
    'clusters/staging/settings.yaml': configMap('staging', 'root'),
    'config/settings.yaml': configMap('config', 'tenant'),
  });
  await estate.startManager();
});
afterAll(() => estate?.[Symbol.asyncDispose]());

describe('Flux multi-tenancy by RBAC', () => {
  const kustomizations = (sourceNamespace: string) =>
    ['a', 'b']
      .map(
        (t) => `---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: tenant-${t}-apps
  namespace: tenant-${t}
spec:
  interval: 5m
  path: ./tenant-${t}
  prune: true
  sourceRef:
    kind: GitRepository
    name: infra-apps${sourceNamespace}
  targetNamespace: tenant-${t}
`,
      )
      .join('');
  const clusterRole = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: flux-tenant-admin
rules:
- apiGroups: ["source.toolkit.fluxcd.io"]
  resources: ["gitrepositories", "helmrepositories", "helmcharts", "buckets", "imagerepositories", "imagepolicies", "imagebuilds"]
  verbs: ["get", "list", "watch", "create", "update", "patch", "delete"]
- apiGroups: ["kustomize.toolkit.fluxcd.io"]
  resources: ["kustomizations"]
  verbs: ["get", "list", "watch", "create", "update", "patch", "delete"]
- apiGroups: [""]
  resources: ["secrets", "configmaps", "namespaces"]
  verbs: ["get", "list", "watch"]
`;
  const roleBinding = (t: string) => `
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: tenant-${t}-flux-admin
  namespace: tenant-${t}
subjects:
- kind: User
  name: user-${t}@example.com
  apiGroup: rbac.authorization.k8s.io
roleRef:
  kind: ClusterRole
  name: flux-tenant-admin
  apiGroup: rbac.authorization.k8s.io
`;
  const key = (t: string) => ({ namespace: `tenant-${t}`, name: `tenant-${t}-apps` });

  beforeAll(async () => {
    await estate.apply(namespace('tenant-a'), namespace('tenant-b'));
    await apply(`
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: infra-apps
  namespace: flux-system
spec:
  interval: 1m
  url: ${estate.git.url('your-repo')}
  ref:
    branch: main
`);
    await apply(clusterRole);
    for (const t of ['a', 'b']) await apply(roleBinding(t));
    await apply(kustomizations(''));
  });

  test('a source whose Secret is missing says which one to create', async () => {
    await apply(`
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: by-ssh
  namespace: flux-system
spec:
  interval: 1m
  url: ssh://git@github.com/your-org/your-repo.git
  ref:
    branch: main
  secretRef:
    name: flux-ssh-key
`);
    const message = /flux-system\/flux-ssh-key/;
    await estate.settled(
      'GitRepository',
      { namespace: home, name: 'by-ssh' },
      { ready: 'False', message },
    );
  });

  test('as written, the sourceRef means the own namespace, and the condition says so', async () => {
    const message = /'tenant-a\/infra-apps' not found.*without a namespace means 'tenant-a'/;
    await estate.settled('Kustomization', key('a'), { ready: 'False', message });
  });

  test('with the namespace, the owner has to grant the source', async () => {
    await apply(kustomizations(`\n    namespace: ${home}`));
    for (const t of ['a', 'b']) {
      await estate.settled('Kustomization', key(t), { ready: 'False', reason: 'AccessDenied' });
    }
    const selectors = ['a', 'b'].map((t) => ({
      matchLabels: { 'kubernetes.io/metadata.name': `tenant-${t}` },
    }));
    const body = { spec: { accessFrom: { namespaceSelectors: selectors } } };
    await estate.admin.patch(
      GitRepository.type,
      { namespace: home, name: 'infra-apps' },
      { type: 'merge', body },
    );
    const message = /ServiceAccount 'tenant-a\/default' may not/;
    await estate.settled('Kustomization', key('a'), { ready: 'False', message });
  });

  test('with rights for the default account, each tenant is applied in its own namespace', async () => {
    for (const t of ['a', 'b']) {
      await estate.apply(editBinding(`tenant-${t}`, 'default'));
      await estate.request('Kustomization', key(t));
      await estate.settled('Kustomization', key(t), { ready: 'True' });
      const { stdout } = await estate.kubectl([
        '-n',
        `tenant-${t}`,
        'get',
        'configmap',
        `app-${t}`,
        '-o',
        'jsonpath={.data.value}',
      ]);
      expect(stdout).toBe(t);
    }
  });

  test.each([
    ['a', 'b'],
    ['b', 'a'],
  ])(
    "user-%s is at home there and refused in the other's namespace, on namespaces and on the source",
    async (mine, other) => {
      const user = estate.admin.as(userIdentity(`user-${mine}@example.com`));
      const { items } = await user.list(Kustomization.type, { namespace: `tenant-${mine}` });
      expect(items).toHaveLength(1);
      const refused = [
        () => user.list(Kustomization.type, { namespace: `tenant-${other}` }),
        () => user.delete(Kustomization.type, key(other)),
        () => user.get(GitRepository.type, { namespace: home, name: 'infra-apps' }),
        () =>
          user.patch(
            GitRepository.type,
            { namespace: home, name: 'infra-apps' },
            { type: 'merge', body: { spec: { suspend: true } } },
          ),
      ];
      for (const attempt of refused) await expect(attempt()).rejects.toSatisfy(isForbidden);
    },
  );
});

describe('access control for source references, v1beta1', () => {
  const source = (accessFrom: string) => `
apiVersion: source.toolkit.fluxcd.io/v1beta1
kind: GitRepository
metadata:
  name: app1
  namespace: dev-team1
spec:
  url: ${estate.git.url('your-repo')}
  ref:
    branch: main
${accessFrom}`;
  const kustomization = (team: string) => `
apiVersion: kustomize.toolkit.fluxcd.io/v1beta1
kind: Kustomization
metadata:
  name: app1
  namespace: ${team}
spec:
  serviceAccountName: gitops-reconciler
  path: ./tenant-a
  targetNamespace: ${team}
  sourceRef:
    kind: GitRepository
    name: app1
    namespace: dev-team1
`;
  const key = (team: string) => ({ namespace: team, name: 'app1' });

  beforeAll(async () => {
    await estate.apply(...['dev-team1', 'dev-team2', 'dev-team3'].flatMap(tenantObjects));
    await apply(source(''));
    for (const team of ['dev-team2', 'dev-team3']) await apply(kustomization(team));
  });

  test('without accessFrom nobody else may use it', async () => {
    for (const team of ['dev-team2', 'dev-team3']) {
      await estate.settled('Kustomization', key(team), { ready: 'False', reason: 'AccessDenied' });
    }
  });

  test('story 2: one team shares with another, and with no third', async () => {
    await apply(
      source(`  accessFrom:
    namespaceSelectors:
    - matchLabels:
        kubernetes.io/metadata.name: dev-team2
`),
    );
    await estate.settled('Kustomization', key('dev-team2'), { ready: 'True' });
    await estate.settled('Kustomization', key('dev-team3'), {
      ready: 'False',
      reason: 'AccessDenied',
    });
  });

  test('story 1: an empty matchLabels shares with every namespace', async () => {
    await apply(source('  accessFrom:\n    namespaceSelectors:\n    - matchLabels: {}\n'));
    await estate.settled('Kustomization', key('dev-team3'), { ready: 'True' });
  });
});

describe('tenants as owners, v1beta2', () => {
  test('the root Kustomization names a privileged account of its own namespace', async () => {
    await apply(`
apiVersion: source.toolkit.fluxcd.io/v1beta2
kind: GitRepository
metadata:
  name: flux-system
  namespace: flux-system
spec:
  url: ${estate.git.url('your-repo')}
  ref:
    branch: main
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: kustomize-controller
  namespace: flux-system
---
apiVersion: kustomize.toolkit.fluxcd.io/v1beta2
kind: Kustomization
metadata:
  name: flux-system
  namespace: flux-system
spec:
  serviceAccountName: kustomize-controller
  path: ./clusters/staging
  sourceRef:
    kind: GitRepository
    name: flux-system
`);
    await estate.apply(editBinding(home, 'kustomize-controller'));
    const key = { namespace: home, name: 'flux-system' };
    await estate.request('Kustomization', key);
    await estate.settled('Kustomization', key, { ready: 'True' });
  });

  test('a kubeConfig is refused for now, in words; nothing is applied without it', async () => {
    await estate.apply(namespace('my-tenant'));
    await apply(`
apiVersion: source.toolkit.fluxcd.io/v1beta2
kind: GitRepository
metadata:
  name: my-tenant
  namespace: my-tenant
spec:
  url: ${estate.git.url('your-repo')}
  ref:
    branch: main
---
apiVersion: kustomize.toolkit.fluxcd.io/v1beta2
kind: Kustomization
metadata:
  name: my-tenant
  namespace: my-tenant
spec:
  kubeConfig:
    secretRef:
      name: gitops-reconciler-kubeconfig
      key: kubeconfig
  sourceRef:
    kind: GitRepository
    name: my-tenant
  path: config
`);
    const key = { namespace: 'my-tenant', name: 'my-tenant' };
    await estate.settled('GitRepository', key, { ready: 'True' });
    await estate.settled('Kustomization', key, {
      ready: 'False',
      message: /spec\.kubeConfig/,
      has: ['Stalled'],
    });
    const { stdout } = await estate.kubectl([
      '-n',
      'my-tenant',
      'get',
      'configmap',
      'config',
      '--ignore-not-found',
    ]);
    expect(stdout).toBe('');
  });
});
