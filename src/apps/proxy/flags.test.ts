import { describe, expect, test } from 'vitest';
import { proxyFlags } from '../../../test/support/proxy-harness.ts';
import { isInBlocks } from '../../base/address-blocks.ts';

/** Through the real command line: flags, defaults and what is refused. */
describe('flags of the proxy', () => {
  test('without any, it serves TLS at 9001 and takes what upstream takes', async () => {
    const flags = await proxyFlags();
    expect(flags).toMatchObject({
      listen: { host: undefined, port: 9001 },
      tls: { secret: 'capsule-proxy', names: [] },
      authTypes: ['TLSCertificate', 'BearerToken'],
      forwardedHeader: 'x-forwarded-client-cert',
      configurationName: 'default',
      reflector: false,
      gates: {
        ProxyAllNamespaced: false,
        SkipImpersonationReview: false,
        ProxyClusterScoped: false,
      },
      callerLimits: { requests: 200, watches: 1000 },
      metricsAddr: ':8080',
      healthAddr: ':8081',
    });
    expect([...flags.allowedPaths]).toEqual(['/api', '/apis', '/version']);
    expect(isInBlocks(flags.trustedProxies, '127.0.0.1')).toBe(false);
    expect(flags.isGroupUsed('anything')).toBe(true);
  });

  test('lists are given by comma or one by one, as in the chart of upstream', async () => {
    const flags = await proxyFlags(
      '--auth-preferred-types=BearerToken,TLSCertificate',
      '--auth-preferred-types=XForwardedClientCert',
      '--trusted-proxy-cidrs=10.0.0.0/8,fd00::/8',
      '--ignored-user-group=system:nodes,ops',
      '--ignored-username=admin',
      '--feature-gates=ProxyClusterScoped=true,ProxyAllNamespaced=true',
      '--webhook-port=9443',
      '--rolebindings-resync-period=10h',
      '--oidc-username-claim=email',
      '--disable-caching',
    );
    expect(flags.authTypes).toEqual(['BearerToken', 'TLSCertificate', 'XForwardedClientCert']);
    expect(
      ['10.1.2.3', '::ffff:10.1.2.3', 'fd00::1', '11.0.0.1', 'fe80::1%eth0'].map((address) =>
        isInBlocks(flags.trustedProxies, address),
      ),
    ).toEqual([true, true, true, false, false]);
    expect([...flags.ignored.groups, ...flags.ignored.users]).toEqual([
      'system:nodes',
      'ops',
      'admin',
    ]);
    expect(flags.gates.ProxyClusterScoped).toBe(true);
  });

  test('groups to impersonate are first those of the pattern, and then not those that are ignored', async () => {
    const flags = await proxyFlags(
      '--impersonation-group-regexp=^team-',
      '--ignored-impersonation-group=-x$,-y$',
    );
    const used = ['team-a', 'team-x', 'team-y', 'other'].filter((group) =>
      flags.isGroupUsed(group),
    );
    expect(used).toEqual(['team-a']);
  });

  test('files instead of the Secret, and plain HTTP only without them', async () => {
    const both = ['--ssl-cert-path=a', '--ssl-key-path=b'];
    expect((await proxyFlags(...both)).tls).toEqual({ files: { cert: 'a', key: 'b' } });
    expect((await proxyFlags('--enable-ssl=false')).tls).toBeUndefined();
    await expect(proxyFlags('--enable-ssl=false', ...both)).rejects.toThrow(/do not go together/);
  });

  test.each([
    [['--auth-preferred-types=Anonymous'], /'Anonymous' is not one of TLSCertificate, BearerToken/],
    [['--auth-preferred-types=XForwardedClientCert'], /needs --trusted-proxy-cidrs/],
    [['--trusted-proxy-cidrs=10.0.0.0'], /--trusted-proxy-cidrs: '10\.0\.0\.0' is not a range/],
    [['--trusted-proxy-cidrs=10.0.0.0/33'], /is not a range/],
    [['--xfcc-header-name=a b'], /is not the name of a header/],
    [['--ssl-cert-path=a'], /go together/],
    [['--impersonation-group-regexp=(?=a)'], /is not a pattern/],
    [['--feature-gates=Proxy=true'], /'Proxy' is not a feature gate/],
    [['--listening-port=http'], /--listening-port: 'http' is not a whole number/],
  ])('%j is refused with what to write instead', async (argv, message) => {
    await expect(proxyFlags(...argv)).rejects.toThrow(message);
  });
});
