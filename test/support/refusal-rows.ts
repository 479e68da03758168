import type { KubectlOptions } from './cluster.ts';

/** A request that both Capsule and we refuse, with a text that automation knows from Capsule. */
export interface RefusalRow {
  /** What both say, word for word. */
  says: string;
  /** What else both tell: names, paths, values. */
  tells?: readonly string[];
  /** Of kubectl; nothing is stored by it. */
  args: readonly string[];
  options?: KubectlOptions;
  /** Row of docs/capsule-differences.md that says why the whole texts differ; they are one without it. */
  differs?: string;
}

/** An owner, who is a user of Capsule. */
export const owner = { as: 'alice', asGroups: ['projectcapsule.dev'] };
/** May write any namespace and is no user of Capsule. */
const passer = { as: 'carol' };

const dry = '--dry-run=server';
const merge = (what: readonly string[], change: object, options: KubectlOptions = {}) => ({
  args: ['patch', ...what, dry, '--type=merge', '-p', JSON.stringify(change)],
  options,
});
const create = (object: object, options: KubectlOptions = owner) => ({
  args: ['create', dry, '-f', '-'],
  options: { ...options, input: JSON.stringify(object) },
});
const readyMessage = 'jsonpath={.status.conditions[?(@.type=="Ready")].message}';
const readyOf = (name: string) => ({
  args: ['-n', 'oil-rules', 'get', 'tenantresource', name, '-o', readyMessage],
});

const metadata = (name: string, namespace: string, labels: Record<string, string> = {}) => ({
  name,
  namespace,
  labels,
});
const pod = (image: string, spec: object = {}, imagePullPolicy = 'Always') => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: metadata('asked', 'oil-rules'),
  spec: { containers: [{ name: 'web', image, imagePullPolicy }], ...spec },
});
const service = (spec: object) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: metadata('asked', 'oil-rules'),
  spec: { ports: [{ port: 80 }], ...spec },
});
const backend = { service: { name: 'web', port: { number: 80 } } };
const http = { paths: [{ path: '/', pathType: 'Prefix', backend }] };
const ingress = (host?: string) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: metadata('asked', 'oil-rules'),
  spec: { rules: [{ http, ...(host !== undefined && { host }) }] },
});
const configMap = (labels: Record<string, string>, data: object, namespace = 'oil-custom') => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: metadata('asked', namespace, labels),
  data,
});
const tenantWith = (namespaceOptions: object) => ({
  apiVersion: 'capsule.clastix.io/v1beta2',
  kind: 'Tenant',
  metadata: { name: 'bad' },
  spec: { owners: [{ kind: 'User', name: 'bob' }], namespaceOptions },
});

const words = 'words of refusals';
const notAllowed = 'is not allowed by namespace rule';
const notMarked = (field: string) => `some ${field} are marked as forbidden`;
const forbidden = { deniedRegex: '(' };

/** What a value that no rule allows is told with. */
const ruled = (
  { what, value, path, allowed }: Record<'what' | 'value' | 'path' | 'allowed', string>,
  object: object,
): RefusalRow => ({
  says: `${what} "${value}" at ${path} ${notAllowed}`,
  tells: [allowed],
  ...create(object),
  differs: words,
});

/** Every text that automation around Capsule matches on. */
export const refusalRows: readonly RefusalRow[] = [
  {
    says: 'namespace can not be patched into a tenant',
    ...merge(
      ['namespace', 'free'],
      { metadata: { labels: { 'capsule.clastix.io/tenant': 'oil' } } },
      passer,
    ),
  },
  ...['forbiddenLabels', 'forbiddenAnnotations'].flatMap((field): RefusalRow[] => [
    {
      says: `spec.nodeMetadata.${field}.regex`,
      ...merge(['capsuleconfiguration', 'default'], {
        spec: { nodeMetadata: { [field]: forbidden } },
      }),
      differs: words,
    },
    {
      says: 'unable to compile regex "("',
      ...create(tenantWith({ [field]: forbidden }), {}),
      differs: words,
    },
  ]),
  ...['labels', 'annotations'].map((field): RefusalRow => ({
    says: notMarked(field),
    ...merge(['node', 'worker'], { metadata: { [field]: { kept: 'x' } } }, owner),
    differs: words,
  })),
  ruled(
    { what: 'registry', value: 'evil.example/web', path: 'containers[0]', allowed: '^good' },
    pod('evil.example/web'),
  ),
  ruled(
    { what: 'scheduler', value: 'mine', path: 'spec.schedulerName', allowed: 'default-scheduler' },
    pod('good.example/web', { schedulerName: 'mine' }),
  ),
  {
    says: 'pullPolicy=Never',
    tells: ['containers[0]', '"good.example/web"', 'not allowed', 'Always'],
    ...create(pod('good.example/web', {}, 'Never')),
    differs: words,
  },
  ruled(
    { what: 'service type', value: 'NodePort', path: 'spec.type', allowed: 'ClusterIP' },
    service({ type: 'NodePort' }),
  ),
  ruled(
    {
      what: 'ingress hostname',
      value: 'other.example',
      path: 'spec.rules[0].host',
      allowed: 'a.good.example',
    },
    ingress('other.example'),
  ),
  {
    says: 'hostname is required at spec.rules[0].host',
    tells: ['Ingress'],
    ...create(ingress()),
    differs: words,
  },
  ruled(
    { what: 'metadata label', value: 'c', path: 'metadata.labels["team"]', allowed: 'a' },
    configMap({ team: 'c' }, {}, 'oil-rules'),
  ),
  { says: 'cluster-scoped kind v1/Namespace is not allowed', ...readyOf('cluster') },
  {
    says: 'cross-namespace selection is not allowed',
    tells: ['kube-system'],
    ...readyOf('foreign'),
    differs: words,
  },
  {
    says: 'resource exceeds GlobalResourceQuota "shared": secrets (requested=1, current=0, projected=1, hard=0, exceededBy=1)',
    ...create({ apiVersion: 'v1', kind: 'Secret', metadata: metadata('asked', 'oil-shared') }),
  },
  ...[
    ['CustomQuota "own"', { own: 'yes' }],
    ['GlobalCustomQuota "everywhere"', { everywhere: 'yes' }],
  ].map(([says, labels]): RefusalRow => ({
    says: says as string,
    tells: ['requested=5', 'limit=3'],
    ...create(configMap(labels as Record<string, string>, { size: '5' })),
    differs: 'custom quotas, the text of a refusal',
  })),
  {
    says: 'did not resolve to any value',
    ...create(configMap({ own: 'yes' }, {})),
    differs: words,
  },
  {
    says: 'is not array or slice and cannot be filtered',
    ...create(configMap({ filtered: 'yes' }, { size: '1' })),
    differs: words,
  },
];
