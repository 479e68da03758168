/** One webhook as a CapsuleConfiguration registers it, without what all have in common. */
export interface CapsuleHook {
  type: 'mutating' | 'validating';
  name: string;
  path: string;
  rules: {
    apiGroups: string[];
    apiVersions: string[];
    operations: string[];
    resources: string[];
    scope: string;
  }[];
  namespaceSelector?: object;
}

const writes = ['CREATE', 'UPDATE'];
const ofTenants = {
  namespaceSelector: {
    matchExpressions: [{ key: 'capsule.clastix.io/tenant', operator: 'Exists' }],
  },
};

interface About {
  group?: string;
  operations?: string[];
  scope?: string;
}

const about = (resource: string, { group = '', operations = writes, scope = '*' }: About = {}) => ({
  apiGroups: [group],
  apiVersions: ['*'],
  operations,
  resources: [resource],
  scope,
});
const validating = (name: string, path: string, ...rules: CapsuleHook['rules']): CapsuleHook => ({
  type: 'validating',
  name: `${name}.validating.projectcapsule.dev`,
  path,
  rules,
});
const everything = about('*/*', { group: '*', scope: 'Namespaced' });
const own = (resource: string) => about(resource, { group: 'capsule.clastix.io' });

/** The webhooks about namespaces, without which there are no tenants. */
export const namespaceHooks: readonly CapsuleHook[] = [
  validating(
    'namespaces',
    '/namespaces/validating',
    about('namespaces', { operations: [...writes, 'DELETE'] }),
  ),
  {
    type: 'mutating',
    name: 'namespaces.mutating.projectcapsule.dev',
    path: '/namespaces/mutating',
    rules: [about('namespaces')],
  },
];

/** Those that refuse with a text that automation knows; the last two are off in Capsule's chart. */
export const refusingHooks: readonly CapsuleHook[] = [
  ...namespaceHooks,
  validating('config', '/config/validating', own('capsuleconfigurations')),
  validating('tenants', '/tenants/validating', own('tenants')),
  { ...validating('generic.rules', '/rules/generic/validating', everything), ...ofTenants },
  {
    ...validating('quotas', '/global-resource-quotas/calculations', everything),
    ...ofTenants,
  },
  validating('nodes', '/nodes/validating', about('nodes', { operations: ['UPDATE'] })),
  {
    ...validating('calculations', '/custom-quotas/calculations', about('configmaps')),
    ...ofTenants,
  },
];
