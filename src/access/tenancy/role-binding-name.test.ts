import { expect, test } from 'vitest';
import { roleBindingName } from './role-binding-name.ts';

/** Computed by another program: clients of Capsule's find a binding by its name. */
test.each([
  [
    'admin',
    { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'alice' },
    'f93a4d3523f699fb',
  ],
  [
    'capsule-namespace-deleter',
    { kind: 'ServiceAccount', namespace: 'oil-system', name: 'gitops-reconciler' },
    '193270fd5a73335f',
  ],
])('the binding of %s to %j is called as in Capsule', (clusterRoleName, subject, hash) => {
  const name = roleBindingName({ clusterRoleName, subjects: [subject] });
  expect(name).toBe(`capsule:managed:${hash}`);
});
