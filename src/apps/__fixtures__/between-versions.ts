import type { KubeObject } from '../../kube/object.ts';

const capsule = 'capsule.clastix.io';
const part = (text: string) => Buffer.from(text).toString('base64url');
const token = [
  part('{"alg":"RS256"}'),
  part(
    '{"iat":1795651200,"exp":1795658400,"aud":["https://kubernetes.default.svc"],' +
      '"kubernetes.io":{"secret":{"uid":"secret-uid"},"serviceaccount":{"uid":"account-uid"}}}',
  ),
  part('signature'),
].join('.');

/** What the first version leaves in a cluster. Never to be changed: see between-versions.test.ts. */
export const left = {
  configuration: {
    apiVersion: `${capsule}/v1beta2`,
    kind: 'CapsuleConfiguration',
    metadata: { name: 'default' },
    spec: { userGroups: ['projectcapsule.dev'] },
  } as KubeObject,
  tenant: {
    apiVersion: `${capsule}/v1beta2`,
    kind: 'Tenant',
    metadata: { name: 'oil' },
    spec: {
      owners: [
        {
          kind: 'User',
          name: 'alice',
          clusterRoles: ['admin', 'capsule-namespace-deleter'],
          proxySettings: [{ kind: 'Nodes', operations: ['List', 'Update'] }],
        },
      ],
      nodeSelector: { pool: 'oil' },
    },
    status: {
      size: 1,
      state: 'Active',
      namespaces: ['oil-apps'],
      owners: [
        { kind: 'User', name: 'alice', clusterRoles: ['admin', 'capsule-namespace-deleter'] },
      ],
      conditions: [],
    },
  } as KubeObject,
  tenantOwner: {
    apiVersion: `${capsule}/v1beta2`,
    kind: 'TenantOwner',
    metadata: { name: 'dora' },
    spec: { kind: 'User', name: 'dora' },
  } as KubeObject,
  proxySetting: {
    apiVersion: `${capsule}/v1beta1`,
    kind: 'ProxySetting',
    metadata: { name: 'operators', namespace: 'oil-apps' },
    spec: {
      subjects: [
        {
          kind: 'User',
          name: 'carol',
          proxySettings: [{ kind: 'StorageClasses', operations: ['List'] }],
        },
      ],
    },
  } as KubeObject,
  globalProxySettings: {
    apiVersion: `${capsule}/v1beta1`,
    kind: 'GlobalProxySettings',
    metadata: { name: 'shared' },
    spec: {
      rules: [
        {
          subjects: [{ kind: 'User', name: 'carol' }],
          clusterResources: [
            { apiGroups: ['*'], resources: ['*'], selector: { matchLabels: { shared: 'yes' } } },
          ],
        },
      ],
    },
  } as KubeObject,
  kubeconfig: {
    secret: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'gitops-reconciler-kubeconfig',
        namespace: 'oil-system',
        labels: { 'app.kubernetes.io/managed-by': 'capsule-addon-fluxcd' },
        annotations: { 'tenantry.dev/reconciler-account': 'oil-system/gitops-reconciler' },
      },
    } as KubeObject,
    secretUid: 'secret-uid',
    accountUid: 'account-uid',
    endpoint: { server: 'https://capsule-proxy.flux-system.svc:9001', ca: 'AUTHORITY' },
    issuedMs: 1_795_651_200_000,
    text: `apiVersion: v1
clusters:
  - cluster:
      certificate-authority-data: QVVUSE9SSVRZ
      server: https://capsule-proxy.flux-system.svc:9001
    name: default
contexts:
  - context:
      cluster: default
      namespace: default
      user: default
    name: default
current-context: default
kind: Config
preferences: {}
users:
  - name: default
    user:
      token: ${token}
`,
  },
};

/** The same objects as a version writes them that has more fields. */
export const newer: typeof left = {
  ...left,
  configuration: withMore(left.configuration),
  tenant: withMore(left.tenant),
  tenantOwner: withMore(left.tenantOwner),
  proxySetting: withMore(left.proxySetting),
  globalProxySettings: withMore(left.globalProxySettings),
};

/** Every mapping in it has one field more. */
function withMore(object: KubeObject): KubeObject {
  const { metadata, ...rest } = object;
  return { ...(grown(rest) as Omit<KubeObject, 'metadata'>), metadata } as KubeObject;
}

function grown(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((each) => grown(each));
  // A map of labels is no mapping of fields.
  const isMap = key === 'nodeSelector' || key === 'matchLabels';
  if (typeof value !== 'object' || value === null || isMap) return value;
  const fields = Object.entries(value).map(([name, each]) => [name, grown(each, name)]);
  return { ...Object.fromEntries(fields), ofLaterVersion: { any: ['thing'] } };
}
