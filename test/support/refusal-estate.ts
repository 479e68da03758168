import { applyAll, eventually, type Estate } from './estate.ts';
import { owner } from './refusal-rows.ts';

const capsule = 'capsule.clastix.io/v1beta2';
const of = (kind: string, name: string, spec: object, namespace?: string) => ({
  apiVersion: capsule,
  kind,
  metadata: { name, ...(namespace !== undefined && { namespace }) },
  spec,
});

const rules = [
  {
    workloads: {
      registries: [{ exp: '^good\\.example/', policy: ['Always'] }],
      schedulers: [{ exact: ['default-scheduler'] }],
    },
  },
  { services: { types: ['ClusterIP'] } },
  { ingress: { types: ['Ingress'], hostnames: [{ exact: ['a.good.example'] }] } },
  { metadata: [{ kinds: ['ConfigMap'], labels: { team: { values: [{ exact: ['a', 'b'] }] } } }] },
].map((enforce) => ({ enforce: { action: 'allow', ...enforce } }));

const counts = (selector: string, rest: object) => ({
  limit: '3',
  scopeSelectors: [{ matchLabels: { [selector]: 'yes' } }],
  sources: [{ apiVersion: 'v1', kind: 'ConfigMap', op: 'add', path: '.data.size', ...rest }],
});
const everywhere = {
  namespaceSelectors: [{ matchLabels: { 'kubernetes.io/metadata.name': 'oil-custom' } }],
};

/** Allows somebody verbs on one kind in the whole cluster. */
function mayWrite(user: string, resource: string) {
  const name = `${user}-${resource}`;
  const apiGroup = 'rbac.authorization.k8s.io';
  return [
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'ClusterRole',
      metadata: { name },
      rules: [{ apiGroups: [''], resources: [resource], verbs: ['get', 'update', 'patch'] }],
    },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup, kind: 'ClusterRole', name },
      subjects: [{ apiGroup, kind: 'User', name: user }],
    },
  ];
}

const native = (kind: string, name: string, namespace?: string) => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, ...(namespace !== undefined && { namespace }) },
});

/** Of a configuration: what users of Capsule keep off nodes. */
export const nodeMetadata = {
  forbiddenLabels: { denied: ['kept'] },
  forbiddenAnnotations: { denied: ['kept'] },
};

/** A tenant whose requests are refused for every reason that there is, on a plane where tenancy is at work. */
export async function bringRefusals({ admin, kubectl }: Estate): Promise<void> {
  await applyAll(admin, [
    of('Tenant', 'oil', { owners: [{ kind: 'User', name: owner.as }] }),
    of('Tenant', 'gas', { owners: [{ kind: 'User', name: owner.as }], rules }),
    native('Namespace', 'free'),
    native('Node', 'worker'),
    ...mayWrite('carol', 'namespaces'),
    ...mayWrite(owner.as, 'nodes'),
  ]);
  const namespaces = { 'oil-custom': 'oil', 'oil-shared': 'oil', 'oil-rules': 'gas' };
  for (const [name, tenant] of Object.entries(namespaces)) {
    const labels = { 'capsule.clastix.io/tenant': tenant };
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
    await eventually(`the owner makes ${name}`, async () => {
      const input = JSON.stringify(object);
      const made = await kubectl(['create', '-f', '-'], { ...owner, input });
      if (made.code !== 0) throw new Error(made.stderr);
      return true;
    });
  }
  await applyAll(admin, [
    native('ServiceAccount', 'robot', 'oil-rules'),
    of(
      'TenantResource',
      'cluster',
      replicates([
        { rawItems: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'made' } }] },
      ]),
      'oil-rules',
    ),
    of(
      'TenantResource',
      'foreign',
      replicates([
        { namespacedItems: [{ apiVersion: 'v1', kind: 'Secret', namespace: 'kube-system' }] },
      ]),
      'oil-rules',
    ),
    of('CustomQuota', 'own', counts('own', {}), 'oil-custom'),
    of(
      'CustomQuota',
      'filtered',
      counts('filtered', { selectors: [{ fieldSelectors: ['.kind[?(@=="ConfigMap")]'] }] }),
      'oil-custom',
    ),
    of('GlobalCustomQuota', 'everywhere', { ...counts('everywhere', {}), ...everywhere }),
    of('GlobalResourceQuota', 'shared', {
      namespaceSelectors: [{ matchLabels: { 'kubernetes.io/metadata.name': 'oil-shared' } }],
      quota: { hard: { secrets: '0' } },
    }),
  ]);
}

const replicates = (resources: object[]) => ({
  serviceAccount: { name: 'robot' },
  resyncPeriod: '1s',
  resources,
});
