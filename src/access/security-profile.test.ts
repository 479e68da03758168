import { describe, expect, test } from 'vitest';
import { accessPolicyFor, openedBy, SecurityFlagError } from './security-profile.ts';

describe('accessPolicyFor', () => {
  test('without flags, everything that separates tenants is on', () => {
    expect(accessPolicyFor()).toEqual({
      profile: 'multi-tenant',
      noCrossNamespaceRefs: false,
      noRemoteBases: true,
      enableSourceAcl: true,
      defaultServiceAccount: 'default',
      defaultKubeconfigAccount: undefined,
      kubeconfigRisks: [],
    });
  });

  test('single-tenant opens what upstream has open', () => {
    expect(accessPolicyFor({ securityProfile: 'single-tenant' })).toEqual({
      profile: 'single-tenant',
      noCrossNamespaceRefs: false,
      noRemoteBases: false,
      enableSourceAcl: false,
      defaultServiceAccount: undefined,
      defaultKubeconfigAccount: undefined,
      kubeconfigRisks: ['tls-server-name', 'proxy-url', 'local-server'],
    });
  });

  test('single flags override the profile, in both directions', () => {
    expect(
      accessPolicyFor({
        noCrossNamespaceRefs: true,
        noRemoteBases: false,
        enableSourceAcl: false,
        defaultServiceAccount: 'flux',
      }),
    ).toEqual({
      profile: 'multi-tenant',
      noCrossNamespaceRefs: true,
      noRemoteBases: false,
      enableSourceAcl: false,
      defaultServiceAccount: 'flux',
      defaultKubeconfigAccount: undefined,
      kubeconfigRisks: [],
    });
    expect(
      accessPolicyFor({
        securityProfile: 'single-tenant',
        noRemoteBases: true,
        enableSourceAcl: true,
        defaultServiceAccount: 'flux',
      }),
    ).toMatchObject({ noRemoteBases: true, enableSourceAcl: true, defaultServiceAccount: 'flux' });
  });

  test.each([
    [{ insecureKubeconfigExec: true }, ['exec']],
    [{ insecureKubeconfigTls: true }, ['insecure-tls', 'tls-server-name']],
    [{ allowKubeconfigProxy: true }, ['proxy-url']],
    [{ allowLoopbackClusters: true }, ['local-server']],
    [
      { securityProfile: 'single-tenant', allowLoopbackClusters: false },
      ['tls-server-name', 'proxy-url'],
    ],
    [
      { securityProfile: 'single-tenant', insecureKubeconfigTls: false },
      ['proxy-url', 'local-server'],
    ],
  ])(
    'of kubeconfigs %j accepts %j, and never files, impersonation or auth providers',
    (flags, risks) => {
      expect(accessPolicyFor(flags).kubeconfigRisks).toEqual(risks);
    },
  );

  test('an unknown profile is refused and the known ones are named', () => {
    expect(() => accessPolicyFor({ securityProfile: 'multi_tenant' })).toThrow(SecurityFlagError);
    expect(() => accessPolicyFor({ securityProfile: '' })).toThrow(/multi-tenant, single-tenant/);
    expect(() => accessPolicyFor({ securityProfile: 'toString' })).toThrow(SecurityFlagError);
  });

  test('an empty default account cannot unlock the multi-tenant profile by accident', () => {
    expect(() => accessPolicyFor({ defaultServiceAccount: '' })).toThrow(/control plane/);
    const open = accessPolicyFor({ securityProfile: 'single-tenant', defaultServiceAccount: '' });
    expect(open.defaultServiceAccount).toBeUndefined();
  });

  test('nobody can change the policy of a running process', () => {
    const policy = accessPolicyFor() as { enableSourceAcl: boolean };
    expect(() => (policy.enableSourceAcl = false)).toThrow(TypeError);
  });
});

describe('openedBy', () => {
  test('a locked process has nothing to report', () => {
    expect(openedBy(accessPolicyFor())).toEqual([]);
  });

  test('every unlocked door is named by its flag', () => {
    const opened = openedBy(accessPolicyFor({ securityProfile: 'single-tenant' }));
    expect(opened.map((line) => line.split('=')[0])).toEqual([
      '--enable-source-acl',
      '--no-remote-bases',
      '--default-service-account',
      '--allow-kubeconfig-proxy: kubeconfigs of tenants may name a proxy',
      expect.stringContaining('--allow-loopback-clusters'),
    ]);
  });

  test('without cross-namespace references there is no ACL to miss', () => {
    expect(
      openedBy(accessPolicyFor({ enableSourceAcl: false, noCrossNamespaceRefs: true })),
    ).toEqual([]);
  });
});
