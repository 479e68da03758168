import { mkdtempSync, readdirSync, writeFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { kubeconfigRisks, sanitizeKubeconfig, type KubeconfigRisk } from './kubeconfig-policy.ts';
import { isLocalAddress, isLocalHost } from './server-address.ts';

/** Any plugin that runs, or file that is read, leaves a trace here. */
const folder = mkdtempSync(path.join(tmpdir(), 'tenantry-canary-'));
const canary = path.join(folder, 'canary.pem');
writeFileSync(canary, '-----BEGIN CANARY-----');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pem = Buffer.from('-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----').toString(
  'base64',
);

function kubeconfig(cluster: object = {}, user: object = {}, more: object = {}): string {
  return JSON.stringify({
    'current-context': 'c',
    clusters: [{ name: 'c', cluster: { server: 'https://tenant.example:6443', ...cluster } }],
    users: [{ name: 'u', user: { token: 'tenants-own', ...user } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    ...more,
  });
}

const sanitize = (text: string, allow: KubeconfigRisk[] = []) =>
  sanitizeKubeconfig(text, { allow, clock: systemClock });

test('a kubeconfig with inline data is used, and may not reach this machine', async () => {
  const config = await sanitize(
    kubeconfig(
      { 'certificate-authority-data': pem },
      { 'client-certificate-data': pem, 'client-key-data': pem },
    ),
  );
  expect(config).toMatchObject({
    server: 'https://tenant.example:6443/',
    ca: expect.stringContaining('BEGIN CERTIFICATE') as string,
    refuseLocalAddresses: true,
    namespace: 'default',
  });
  expect(await config.credentials.current()).toEqual({
    authorization: 'Bearer tenants-own',
    certificate: { cert: config.ca, key: config.ca },
  });
});

describe('refused by default, with the reason', () => {
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: process.execPath,
    args: ['-e', `require("fs").writeFileSync(${JSON.stringify(path.join(folder, 'ran'))}, "")`],
  };
  const risks: [KubeconfigRisk, object, object][] = [
    ['exec', {}, { exec }],
    ['auth-provider', {}, { 'auth-provider': { name: 'gcp' } }],
    ['auth-provider', {}, { 'auth-provider': 'odd' }],
    ['impersonation', {}, { as: 'system:admin' }],
    ['impersonation', {}, { 'as-groups': ['system:masters'] }],
    ['token-file', {}, { tokenFile: canary }],
    ['client-certificate-file', {}, { 'client-certificate': canary }],
    ['client-key-file', {}, { 'client-key': canary }],
    ['certificate-authority-file', { 'certificate-authority': canary }, {}],
    ['insecure-tls', { 'insecure-skip-tls-verify': true }, {}],
    ['insecure-tls', { server: 'http://tenant.example' }, {}],
    ['proxy-url', { 'proxy-url': 'http://attacker.example:3128' }, {}],
    ['tls-server-name', { 'tls-server-name': 'kubernetes.default.svc' }, {}],
    ['local-server', { server: 'https://127.0.0.1:6443' }, {}],
    ['local-server', { server: 'https://localhost:6443' }, {}],
    ['local-server', { server: 'https://169.254.169.254/latest' }, {}],
    ['local-server', { server: 'https://[::1]:6443' }, {}],
    ['local-server', { server: 'https://0x7f.1/' }, {}],
    ['local-server', { server: 'https://2130706433/' }, {}],
    ['local-server', { server: '127.0.0.1:6443' }, {}],
  ];

  test.each(risks)('%s: %j %j', async (risk, cluster, user) => {
    await expect(sanitize(kubeconfig(cluster, user))).rejects.toMatchObject({
      code: 'Refused',
      risks: [risk],
      message: expect.stringContaining(kubeconfigRisks[risk]) as string,
    });
    // Nothing ran, and nothing was read into the answer.
    expect(readdirSync(folder)).toEqual(['canary.pem']);
  });

  test('all reasons at once', async () => {
    const everything = kubeconfig(
      { 'proxy-url': 'http://x', 'insecure-skip-tls-verify': true },
      { exec, tokenFile: canary },
    );
    await expect(sanitize(everything)).rejects.toMatchObject({
      risks: ['exec', 'token-file', 'insecure-tls', 'proxy-url'],
    });
    await expect(sanitize(everything, ['exec', 'proxy-url'])).rejects.toMatchObject({
      risks: ['token-file', 'insecure-tls'],
    });
  });

  test('a server that is no URL', async () => {
    await expect(sanitize(kubeconfig({ server: 'https://[' }))).rejects.toMatchObject({
      risks: ['insecure-tls', 'local-server'],
    });
  });
});

describe('allowed by the admin', () => {
  test('one risk at a time', async () => {
    const insecure = kubeconfig({ 'insecure-skip-tls-verify': true });
    expect(await sanitize(insecure, ['insecure-tls'])).toMatchObject({
      insecureSkipTlsVerify: true,
      refuseLocalAddresses: true,
    });
    const local = kubeconfig({ server: 'https://127.0.0.1:1' });
    expect(await sanitize(local, ['local-server'])).not.toHaveProperty('refuseLocalAddresses');
  });

  test('an exec plugin runs without our environment', async () => {
    const answer = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: '' },
    };
    const script = `const a=${JSON.stringify(answer)};a.status.token=Object.keys(process.env).sort().join();console.log(JSON.stringify(a))`;
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['-e', script],
      env: [{ name: 'GIVEN', value: '1' }],
    };
    process.env['OPERATORS_SECRET'] = 'x';
    const config = await sanitize(kubeconfig({}, { token: '', exec }), ['exec']);
    const { authorization } = await config.credentials.current();
    expect(authorization).toBe('Bearer GIVEN,KUBERNETES_EXEC_INFO');
  });

  test('impersonation and auth providers still do not work', async () => {
    const both = ['impersonation', 'auth-provider'] as KubeconfigRisk[];
    await expect(sanitize(kubeconfig({}, { as: 'admin' }), both)).rejects.toThrow(/impersonation/);
    const legacy = kubeconfig({}, { 'auth-provider': { name: 'oidc' } });
    await expect(sanitize(legacy, both)).rejects.toThrow(/not supported/);
  });
});

test('what an unused context holds does not matter', async () => {
  const more = {
    users: [
      { name: 'u', user: { token: 't' } },
      { name: 'evil', user: { exec: { command: 'x' } } },
    ],
  };
  expect((await sanitize(kubeconfig({}, {}, more))).server).toBe('https://tenant.example:6443/');
});

describe('addresses of this machine and link', () => {
  test.each([
    '127.0.0.1',
    '127.255.0.1',
    '0.0.0.0',
    '169.254.169.254',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '[::1]',
    'fe80::1',
    'fe80::1%eth0',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:169.254.169.254',
    '::ffff:7f00:1',
    'fd00:ec2::254',
    '64:ff9b::7f00:1',
  ])('%s', (address) => {
    expect(isLocalAddress(address)).toBe(true);
  });

  test.each([
    '10.0.0.1',
    '192.168.1.1',
    '172.16.0.1',
    '8.8.8.8',
    '2001:db8::1',
    'fd00::1',
    'example.org',
    '',
  ])('not %j', (address) => {
    expect(isLocalAddress(address)).toBe(false);
  });

  test.each(['localhost', 'LOCALHOST', 'localhost.', 'a.localhost', '127.0.0.1', '[::1]', ''])(
    'host %j',
    (host) => {
      expect(isLocalHost(host)).toBe(true);
    },
  );

  test('a name that only contains localhost is another host', () => {
    expect(isLocalHost('localhost.example.org')).toBe(false);
  });
});
