import { describe, expect, test } from 'vitest';
import type { HookDeclaration } from '../hook.ts';
import { webhookEntry, type HookOverride, type Registrar } from './webhook-entry.ts';

const hook: HookDeclaration = {
  name: 'things',
  type: 'validating',
  path: '/things/validating',
  purpose: 'Looks at things.',
  resources: [
    { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['things'] },
  ],
  matchConditions: [{ name: 'ours', expression: 'true' }],
  namespaceSelector: { matchLabels: { tenant: 'yes' } },
  failurePolicy: { policy: 'Ignore', because: 'it is a test' },
};
const registrar: Registrar = {
  client: { url: 'https://127.0.0.1:9443/' },
  home: 'tenantry-system',
  counted: [],
  identities: { configuration: 'default', ignoredGroups: ['robots'] },
};
const entry = (override: Partial<HookOverride> = {}, more: Partial<HookDeclaration> = {}) =>
  webhookEntry({ ...hook, ...more }, override, registrar) as {
    clientConfig: object;
    matchConditions: { name: string; expression: string }[];
    namespaceSelector: object;
    [field: string]: unknown;
  };
const conditions = (override: Partial<HookOverride> = {}, more: Partial<HookDeclaration> = {}) =>
  Object.fromEntries(
    entry(override, more).matchConditions.map(({ name, expression }) => [name, expression]),
  );

describe('opts', () => {
  const opts = (capsuleUsers: boolean, administrators: boolean) => ({
    opts: { capsuleUsers, administrators },
  });

  test.each([
    [{}],
    [opts(false, false)],
    // There is nothing to leave out where everybody is asked about.
    [opts(false, true)],
  ])('%j: everybody is asked about', (override) => {
    expect(conditions(override)).not.toHaveProperty('of-capsule-users');
  });

  test('capsuleUsers: administrators are not asked about', () => {
    const { 'of-capsule-users': condition } = conditions(opts(true, false));
    expect(condition).toContain(`check('use')`);
    expect(condition).toContain(`!authorizer`);
    expect(condition).toContain('robots');
  });

  test('administrators: they are, too', () => {
    const { 'of-capsule-users': condition } = conditions(opts(true, true));
    expect(condition).toMatch(/\|\| authorizer.*check\('administer'\)/);
  });
});

test('what the configuration says comes in addition to ours, or in its place', () => {
  const made = entry({
    failurePolicy: 'Fail',
    timeoutSeconds: 3,
    matchPolicy: 'Exact',
    matchConditions: [{ name: 'more', expression: 'false' }],
    namespaceSelector: { matchLabels: { team: 'a' } },
    objectSelector: { matchLabels: { b: 'c' } },
  });
  expect(made).toMatchObject({
    failurePolicy: 'Fail',
    timeoutSeconds: 3,
    matchPolicy: 'Exact',
    namespaceSelector: {
      matchLabels: { tenant: 'yes', team: 'a' },
      matchExpressions: [
        {
          key: 'kubernetes.io/metadata.name',
          operator: 'NotIn',
          values: expect.arrayContaining(['kube-system', 'tenantry-system']),
        },
      ],
    },
    objectSelector: { matchLabels: { b: 'c' } },
  });
  expect(made.matchConditions.map(({ name }) => name)).toEqual([
    'not-of-the-cluster-itself',
    'not-of-the-control-plane-itself',
    'ours',
    'more',
  ]);
});

test('an authority that somebody else injects is not taken out', () => {
  expect(entry().clientConfig).toEqual({ url: 'https://127.0.0.1:9443/things/validating' });
});

test('a hook that asks about everybody is asked about controllers of the cluster, never nodes', () => {
  const group = 'system:serviceaccounts:kube-system';
  expect(conditions()['not-of-the-cluster-itself']).toContain(group);
  const everybody = conditions({}, { asks: 'everybody' });
  expect(JSON.stringify(everybody)).not.toContain(group);
  expect(everybody['not-of-nodes']).toContain('system:nodes');
});
