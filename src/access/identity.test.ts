import { describe, expect, test } from 'vitest';
import { IdentityError } from '../kube/identity.ts';
import { auditExtraKeys, identityFor, type AuditTrail } from './identity.ts';

const multiTenant = { defaultServiceAccount: 'default' };
const singleTenant = { defaultServiceAccount: undefined };

const act = (
  serviceAccountName: string | undefined,
  policy: typeof multiTenant | typeof singleTenant = multiTenant,
  audit?: AuditTrail,
) => identityFor({ namespace: 'team-a', serviceAccountName, policy, ...(audit && { audit }) });

const userOf = (choice: ReturnType<typeof identityFor>) =>
  choice.as === 'tenant' ? choice.identity.user : choice.as;

describe('identityFor', () => {
  test('acts as the named ServiceAccount of the object’s own namespace', () => {
    const choice = act('deployer');
    expect(userOf(choice)).toBe('system:serviceaccount:team-a:deployer');
  });

  test.each([undefined, ''])('without a name (%j), as the default account', (name) => {
    expect(userOf(act(name))).toBe('system:serviceaccount:team-a:default');
  });

  test('single-tenant without a name: as the controller, said out loud', () => {
    expect(act(undefined, singleTenant)).toEqual({ as: 'controller' });
    expect(act('', singleTenant)).toEqual({ as: 'controller' });
  });

  test('single-tenant with a name still impersonates', () => {
    expect(userOf(act('deployer', singleTenant))).toBe('system:serviceaccount:team-a:deployer');
  });

  test.each(['../default', 'kube-system:default', 'a b', 'UPPER', 'x'.repeat(300), ':', '\u0000'])(
    'a name no ServiceAccount can have is refused, never rewritten: %j',
    (name) => {
      expect(() => act(name)).toThrow(IdentityError);
    },
  );

  test('a namespace that would change the user’s meaning is refused', () => {
    expect(() => identityFor({ namespace: 'kube-system:x', policy: multiTenant })).toThrow(
      IdentityError,
    );
  });
});

describe('audit trail', () => {
  test('says tenant, object and commit to the API server’s audit log', () => {
    const choice = act('deployer', multiTenant, {
      tenant: 'oil',
      object: 'Kustomization/team-a/apps',
      commit: 'main@sha1:1',
    });
    expect(choice).toMatchObject({
      identity: {
        extra: {
          'tenantry.dev/tenant': ['oil'],
          'tenantry.dev/object': ['Kustomization/team-a/apps'],
          'tenantry.dev/commit': ['main@sha1:1'],
        },
      },
    });
  });

  test('leaves out what is not known', () => {
    const choice = act('deployer', multiTenant, { tenant: '', commit: undefined });
    expect(choice.as === 'tenant' && choice.identity.extra).toEqual({});
  });

  test('keys are what Impersonate-Extra headers can carry', () => {
    for (const key of Object.values(auditExtraKeys)) expect(key).toMatch(/^[a-z.]+\/[a-z]+$/);
  });
});
