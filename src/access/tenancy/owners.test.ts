import { expect, test } from 'vitest';
import { effectiveOwners, isSelected, type OwnersRequest } from './owners.ts';

const nobody: OwnersRequest = {
  tenant: 'oil',
  owners: [],
  matchOwners: [],
  tenantOwners: [],
  administrators: [],
  administrationClusterRoles: ['manage'],
  promoted: [],
  promotionClusterRoles: ['deploy'],
};
const robot = 'system:serviceaccount:oil-system:robot';

test('everybody is named once, with the roles of all ways, by kind and name', () => {
  const owners = effectiveOwners({
    ...nobody,
    owners: [
      { kind: 'User', name: 'zoe', clusterRoles: ['view', 'admin'] },
      { kind: 'User', name: 'alice', clusterRoles: ['admin'] },
      { kind: 'Group', name: 'alice', clusterRoles: ['admin'] },
      // Older manifests leave the kind out.
      { name: robot, clusterRoles: ['admin'] },
    ],
    tenantOwners: [
      {
        kind: 'User',
        name: 'alice',
        clusterRoles: ['edit', 'admin'],
        labels: { 'projectcapsule.dev/tenant': 'oil' },
      },
    ],
    administrators: [{ kind: 'User', name: 'alice' }],
    promoted: [robot],
  });
  expect(owners).toEqual([
    { kind: 'Group', name: 'alice', clusterRoles: ['admin'] },
    { kind: 'ServiceAccount', name: robot, clusterRoles: ['admin', 'deploy'] },
    { kind: 'User', name: 'alice', clusterRoles: ['admin', 'edit', 'manage'] },
    { kind: 'User', name: 'zoe', clusterRoles: ['admin', 'view'] },
  ]);
});

test.each<[string, Record<string, string>, OwnersRequest['matchOwners'], boolean]>([
  ['the tenant it names', { 'projectcapsule.dev/tenant': 'oil' }, [], true],
  ['another tenant', { 'projectcapsule.dev/tenant': 'gas' }, [], false],
  [
    'one selector of several',
    { team: 'a' },
    [{ matchLabels: { team: 'b' } }, { matchLabels: { team: 'a' } }],
    true,
  ],
  ['a selector of everything', { team: 'a' }, [{}], true],
  ['nothing without a label, even by a selector of everything', {}, [{}], false],
])('a TenantOwner owns %s', (_, labels, matchOwners, expected) => {
  expect(isSelected({ labels }, { tenant: 'oil', matchOwners })).toBe(expected);
});
