/** Labels and annotations that are Capsule's: no rule of a tenant is about them. */
const labels = [
  'capsule.clastix.io/resources',
  'capsule.clastix.io/tenant',
  'capsule.clastix.io/managed-by',
  'capsule.clastix.io/limit-range',
  'capsule.clastix.io/network-policy',
  'capsule.clastix.io/resource-quota',
  'capsule.clastix.io/role-binding',
  'kubernetes.io/metadata.name',
  'owner.projectcapsule.dev/promote',
  'projectcapsule.dev/tenant',
  'projectcapsule.dev/pool',
  'projectcapsule.dev/global-resource-quota',
  'projectcapsule.dev/rule-quota',
  'projectcapsule.dev/freeze',
  'projectcapsule.dev/promote',
  'projectcapsule.dev/cordoned',
  'projectcapsule.dev/name',
  'projectcapsule.dev/created-by',
  'projectcapsule.dev/custom-resources',
  'projectcapsule.dev/managed-by',
];

const annotations = [
  'projectcapsule.dev/release',
  'reconcile.projectcapsule.dev/requestedAt',
  'capsule.clastix.io/ingress-classes',
  'capsule.clastix.io/ingress-classes-regexp',
  'capsule.clastix.io/storage-classes',
  'capsule.clastix.io/storage-classes-regexp',
  'capsule.clastix.io/allowed-registries',
  'capsule.clastix.io/allowed-registries-regexp',
  'capsule.clastix.io/forbidden-namespace-labels',
  'capsule.clastix.io/forbidden-namespace-labels-regexp',
  'capsule.clastix.io/forbidden-namespace-annotations',
  'capsule.clastix.io/forbidden-namespace-annotations-regexp',
  'capsule.clastix.io/protected',
];
const annotationPrefixes = [
  'quota.resources.capsule.clastix.io/',
  'used.resources.capsule.clastix.io/',
];

/** Whether a label or an annotation is Capsule's own. */
export function isCapsuleKey(field: 'labels' | 'annotations', key: string): boolean {
  if (field === 'labels') return labels.includes(key);
  return annotations.includes(key) || annotationPrefixes.some((prefix) => key.startsWith(prefix));
}

const listCel = (texts: readonly string[]) => `[${texts.map((text) => `'${text}'`).join(', ')}]`;

/** The same in CEL, of a key `k`. */
export const isCapsuleKeyCel: Readonly<Record<'labels' | 'annotations', string>> = {
  labels: `(k in ${listCel(labels)})`,
  annotations: `(k in ${listCel(annotations)} || ${annotationPrefixes.map((prefix) => `k.startsWith('${prefix}')`).join(' || ')})`,
};
