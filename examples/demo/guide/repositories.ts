import { tenantLabel } from '../../../src/access/tenancy/vocabulary.ts';
import { configMap, home } from '../../../test/support/estate-objects.ts';
import { seed } from '../../../test/support/seed.ts';

/** The account by which each tenant of the guide deploys. */
export const account = 'gitops-reconciler';

/** The tenant of the guide, and one that is set up alike, and hostile. */
export const mine = 'my-tenant';
export const evil = 'evil-corp';

/** An account that the hostile tenant has made, and hopes to find powerful. */
export const powerful = 'powerful';

/** A manifest of the guide, with the names of the hostile tenant. */
const forEvil = (manifest: string) => manifest.replaceAll(mine, evil);

/** The platform's repository: the tenants, word for word as the guide has them. */
export function platformRepository(urls: { mine: string; evil: string }): Record<string, string> {
  const [, configuration = ''] = seed('capsule-my-tenant').split('\n---\n');
  const sync = (url: string) => seed('my-tenant', { 'https://github.com/my-tenant/all.git': url });
  return {
    'clusters/staging/my-tenant.yaml': [seed('tenant-of-recipe'), sync(urls.mine)].join('---\n'),
    'clusters/staging/evil-corp.yaml': [
      forEvil(seed('tenant-of-recipe')),
      forEvil(sync(urls.evil)),
    ].join('---\n'),
    // The guide has one tenant; each further one adds its group.
    'clusters/staging/configuration.yaml': [
      configuration.trimEnd(),
      ...[evil, 'oil-system'].map((home) => `    - system:serviceaccounts:${home}`),
    ].join('\n'),
  };
}

/** The tenant's repository: two namespaces, what runs in one, and a Kustomization of what runs in the other. */
export const tenantRepository: Record<string, string> = {
  'config/kustomization.yaml': 'resources: [namespaces.yaml, dev.yaml, my-apps.yaml]\n',
  'config/namespaces.yaml': [namespace('my-tenant-dev'), namespace('my-tenant-prod')].join('---\n'),
  'config/dev.yaml': inNamespace('my-tenant-dev', configMap('settings', 'dev')),
  'config/my-apps.yaml': seed('my-apps'),
  'config/apps/app.yaml': deployment('my-tenant-prod', 'app'),
};

/** That of the tenant oil, whose account the bridge equips. */
export const oilRepository: Record<string, string> = {
  'namespace.yaml': namespace('oil-production'),
  'settings.yaml': inNamespace('oil-production', configMap('settings', 'oil')),
};

/** The hostile tenant's: what it may have, and, each by itself, what it may not. */
export const evilRepository: Record<string, string> = {
  'config/kustomization.yaml': 'resources: [infra.yaml]\n',
  'config/infra.yaml': [
    namespace('evil-infra'),
    serviceAccount(powerful),
    kubeconfig('program', {
      exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh' },
    }),
    kubeconfig('unverified', { token: 'x' }, { 'insecure-skip-tls-verify': true }),
  ].join('---\n'),
  'escalate/binding.yaml': `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: evil }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin }
subjects: [{ kind: ServiceAccount, name: ${account}, namespace: ${evil} }]
`,
  'account/account.yaml': `apiVersion: v1
kind: ServiceAccount
metadata: { name: privileged, namespace: ${evil} }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: evil, namespace: ${home} }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin }
subjects: [{ kind: ServiceAccount, name: privileged, namespace: ${evil} }]
`,
  'system/namespace.yaml': namespace(home, evil),
  'neighbour/namespace.yaml': namespace('my-tenant-dev', evil),
  'workload/settings.yaml': inNamespace('my-tenant-dev', configMap('evil', 'evil')),
  'remote/kustomization.yaml': 'resources: ["https://github.com/evil/base//all?ref=main"]\n',
};

function namespace(name: string, tenant?: string): string {
  const labels = tenant === undefined ? '' : `\n  labels: { ${tenantLabel}: ${tenant} }`;
  return `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${name}${labels}\n`;
}

function serviceAccount(name: string): string {
  return `apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: ${name}, namespace: ${evil} }\n`;
}

/** One that the hostile tenant has written, in a Secret of that name. */
function kubeconfig(name: string, user: object, cluster: object = {}): string {
  const way = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: 'https://evil.example', ...cluster } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
  const metadata = { name, namespace: evil };
  const stringData = { value: JSON.stringify(way) };
  return `${JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata, stringData })}\n`;
}

function inNamespace(name: string, manifest: string): string {
  return manifest.replace('metadata:\n', `metadata:\n  namespace: ${name}\n`);
}

function deployment(place: string, name: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: ${place} }
spec:
  replicas: 0
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: app, image: 'registry.invalid/app:1' }] }
`;
}
