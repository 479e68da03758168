import { describe, expect, test } from 'vitest';
import { usageAnnotations } from '../../access/quotas/usage-annotations.ts';
import { globalQuotaLabel } from '../../api/capsule/labels.ts';
import { Tenant } from '../../api/capsule/tenant.ts';
import type { KubeObject } from '../../kube/object.ts';
import { readAmounts } from '../../kube/resource-list.ts';
import { describeTenant } from './description.ts';
import { formatDescription } from './format-description.ts';

const condition = (status: string, message: string) => ({
  type: 'Ready',
  status,
  message,
  reason: 'R',
  lastTransitionTime: '2026-01-01T00:00:00Z',
});

const oil = (status?: object) =>
  Tenant.decode({
    apiVersion: 'capsule.clastix.io/v1beta2',
    kind: 'Tenant',
    metadata: { name: 'oil' },
    spec: { namespaceOptions: { quota: 5 } },
    ...(status && { status }),
  });

const reconciled = oil({
  state: 'Active',
  size: 2,
  conditions: [condition('True', 'reconciled')],
  namespaces: ['oil-a', 'oil-b'],
  owners: [{ kind: 'User', name: 'alice', clusterRoles: ['admin'] }],
  spaces: [{ name: 'oil-a', conditions: [condition('True', 'reconciled')] }],
});

interface QuotaFacts {
  namespace: string;
  hard: Record<string, string>;
  used?: Record<string, string>;
  annotations?: Record<string, string>;
  labels?: Record<string, string>;
}

const quota = (name: string, { namespace, hard, used, ...marks }: QuotaFacts): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name, namespace, ...marks },
  spec: { hard },
  status: { used },
});

/** A share of a limit of 10 pods, 7 of which are used. */
const share = (namespace: string) =>
  quota('capsule-oil-0', {
    namespace,
    hard: { pods: '6' },
    used: { pods: '4' },
    annotations: usageAnnotations(readAmounts({ pods: 7 }), readAmounts({ pods: 10 })),
  });

describe('the quotas of a tenant', () => {
  test('a limit of the whole tenant is told once, as a whole', () => {
    const all = new Map([
      ['oil-a', [share('oil-a')]],
      ['oil-b', [share('oil-b')]],
    ]);
    expect(describeTenant(reconciled, all).quotas).toEqual([
      { quota: 'capsule-oil-0', resource: 'pods', used: '7', limit: '10', isShare: false },
    ]);
  });

  test('others are told where they hold; shares as what they are', () => {
    const own = { namespace: 'oil-a', hard: { secrets: '5' } };
    const shared = {
      namespace: 'oil-b',
      hard: { pods: '3' },
      used: { pods: '1' },
      labels: { [globalQuotaLabel]: 'compute' },
    };
    const all = new Map([
      ['oil-a', [quota('mine', own)]],
      ['oil-b', [quota('compute', shared)]],
    ]);
    expect(describeTenant(reconciled, all).quotas).toEqual([
      {
        quota: 'mine',
        namespace: 'oil-a',
        resource: 'secrets',
        used: '0',
        limit: '5',
        isShare: false,
      },
      {
        quota: 'compute',
        namespace: 'oil-b',
        resource: 'pods',
        used: '1',
        limit: '3',
        isShare: true,
      },
    ]);
  });

  test('where they may not be read is said', () => {
    const { quotas, unread } = describeTenant(
      reconciled,
      new Map([
        ['oil-a', undefined],
        ['oil-b', []],
      ]),
    );
    expect({ quotas, unread }).toEqual({ quotas: [], unread: ['oil-a'] });
  });
});

test('a tenant for people', () => {
  const shared = {
    namespace: 'oil-a',
    hard: { pods: '3' },
    used: { pods: '1' },
    labels: { [globalQuotaLabel]: 'compute' },
  };
  const all = new Map([
    ['oil-a', [share('oil-a'), quota('compute', shared)]],
    ['oil-b', undefined],
  ]);
  expect(formatDescription(describeTenant(reconciled, all))).toBe(`Tenant:       oil
State:        Active
Ready:        True, reconciled
Namespaces:   2 of 5

OWNER        ROLES IN ITS NAMESPACES
User alice   admin

NAMESPACE   READY     MESSAGE
oil-a       True      reconciled
oil-b       Unknown

QUOTA           OF           RESOURCE   USED   LIMIT
capsule-oil-0   the tenant   pods       7      10
compute         oil-a        pods       1      3 now, of a shared limit

Quotas that you may not read: in oil-b`);
});

test('a tenant that is new', () => {
  expect(formatDescription(describeTenant(oil(), new Map()))).toBe(`Tenant:       oil
State:        not reconciled yet
Ready:        False, waiting to be reconciled
Namespaces:   0 of 5`);
});
