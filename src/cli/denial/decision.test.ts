import { expect, test } from 'vitest';
import { KubeApiError } from '../../kube/api-error.ts';
import { decisionOf } from './decision.ts';
import { formatExplanation } from './format-explanation.ts';

const decide = (message: string) =>
  decisionOf(new KubeApiError({ code: 403, reason: 'Forbidden', message }), 'default');
const denied = (policy: string, message: string) =>
  `namespaces "x" is forbidden: ValidatingAdmissionPolicy '${policy}' with binding '${policy}' denied request: ${message}`;

test('a rule of ring one is known by its policy and what it says', () => {
  expect(
    decide(denied('namespaces.tenantry.dev', 'namespace can not be patched into a tenant')),
  ).toEqual({
    ring: 'ring one',
    by: 'namespaces.tenantry.dev',
    rule: 'namespace-keeps-tenant',
    message: 'namespace can not be patched into a tenant',
    remedy:
      'an administrator (spec.administrators of the CapsuleConfiguration) may move namespaces',
  });
});

test('a policy of somebody else is none of ours', () => {
  expect(decide(denied('no-latest', 'use a version'))).toEqual({
    ring: 'other',
    by: 'no-latest',
    message: 'use a version',
  });
});

test.each([
  [
    'admission webhook "namespaces.validating.projectcapsule.dev" denied the request: no tenant',
    { ring: 'ring two', by: 'namespaces.validating.projectcapsule.dev', message: 'no tenant' },
  ],
  [
    'Internal error occurred: failed calling webhook "pods.mutating.projectcapsule.dev": dial tcp',
    {
      ring: 'ring two',
      by: 'pods.mutating.projectcapsule.dev',
      remedy: expect.any(String) as string,
    },
  ],
  [
    'pods "x" is forbidden: exceeded quota: capsule-oil-0, requested: pods=1, used: pods=3, limited: pods=3',
    { ring: 'quota', by: 'capsule-oil-0' },
  ],
  [
    'pods "x" is forbidden: violates PodSecurity "restricted:latest": privileged',
    { ring: 'pod security', by: 'restricted:latest' },
  ],
  [
    'pods is forbidden: User "eve" cannot list resource "pods" in API group "" in the namespace "a"',
    { ring: 'rbac' },
  ],
  ['something else', { ring: 'other', message: 'something else' }],
])('%s', (message, expected) => {
  expect(decide(message)).toMatchObject(expected);
});

test('people read what decides, what it says and what would allow it', () => {
  const decision = decide(
    denied(
      'namespaces.tenantry.dev',
      'the tenant takes no further namespace now: its quota is reached, or it is cordoned or being deleted',
    ),
  );
  const tenant = {
    tenant: 'oil',
    state: 'Active',
    namespaces: 3,
    quota: 3,
    owners: ['User alice'],
  };
  const wish = { user: 'alice', verb: 'create', object: 'namespace/oil-new', allowed: false };
  expect(formatExplanation({ ...wish, decision, tenant })).toBe(`\
✗ alice may not create namespace/oil-new
  decided by: ring one, namespaces.tenantry.dev, namespace-tenant-takes-more
  it says:    the tenant takes no further namespace now: its quota is reached, or it is cordoned or being deleted
  to allow:   raise spec.namespaceOptions.quota of the Tenant, delete a namespace of it, or set spec.cordoned to false
  tenant:     oil, Active, 3 of 3 namespaces, owned by User alice`);
  expect(formatExplanation({ ...wish, allowed: true })).toBe(
    '✔ alice may create namespace/oil-new',
  );
});
