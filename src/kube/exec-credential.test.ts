import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { execCredential, type ExecContext } from './exec-credential.ts';
import { KubeconfigError, type ExecEntry } from './kubeconfig-document.ts';

const v1 = 'client.authentication.k8s.io/v1';
const folder = mkdtempSync(path.join(tmpdir(), 'tenantry-exec-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A plugin as a Node script; `runs` counts how often it was started. */
function plugin(script: string, more: Partial<ExecEntry> = {}, context: Partial<ExecContext> = {}) {
  const journal = path.join(folder, crypto.randomUUID());
  writeFileSync(journal, '');
  const code = `require('fs').appendFileSync(${JSON.stringify(journal)},'x');const out=(status,more={})=>console.log(JSON.stringify({apiVersion:'${v1}',kind:'ExecCredential',status,...more}));${script}`;
  const entry: ExecEntry = {
    apiVersion: v1,
    command: process.execPath,
    args: ['-e', code],
    env: {},
    provideClusterInfo: false,
    interactiveMode: 'IfAvailable',
    installHint: '',
    ...more,
  };
  const clock = createFakeClock();
  const cluster = {
    server: 'https://k8s.example',
    tlsServerName: 'api',
    execConfig: { tenant: 7 },
  };
  const source = execCredential(entry, { cluster, ca: 'PEM', clock, env: {}, ...context });
  return { source, clock, runs: () => readFileSync(journal, 'utf8').length };
}

test('a token is kept until shortly before it expires', async () => {
  const { source, clock, runs } = plugin(
    `out({token:'t', expirationTimestamp:'2026-01-01T01:00:00Z'})`,
  );
  expect(await source.current()).toEqual({ authorization: 'Bearer t' });
  clock.tick(59 * 60_000);
  await source.current();
  expect(runs()).toBe(1);
  clock.tick(50_000);
  await source.current();
  expect(runs()).toBe(2);
});

test('a token without expiry is kept until the API server rejects it', async () => {
  const { source, clock, runs } = plugin(`out({token:'t'})`);
  const credential = await source.current();
  clock.tick(10 * 365 * 86_400_000);
  expect(await source.current()).toBe(credential);
  source.reject?.({ authorization: 'Bearer another' });
  expect(await source.current()).toBe(credential);
  source.reject?.(credential);
  await source.current();
  expect(runs()).toBe(2);
});

test('many who ask at once start it once', async () => {
  const { source, runs } = plugin(`setTimeout(() => out({token:'t'}), 50)`);
  const all = await Promise.all(Array.from({ length: 20 }, () => source.current()));
  expect(new Set(all).size).toBe(1);
  expect(runs()).toBe(1);
});

test('a client certificate is a credential too', async () => {
  const { source } = plugin(`out({clientCertificateData:'CRT', clientKeyData:'KEY'})`);
  expect(await source.current()).toEqual({ certificate: { cert: 'CRT', key: 'KEY' } });
});

describe('what the plugin is given', () => {
  const echo = `out({token: Buffer.from(process.env.KUBERNETES_EXEC_INFO + '|' + process.env.A + process.env.B).toString('base64')})`;
  const told = async (more: Partial<ExecEntry>) => {
    const { source } = plugin(
      echo,
      { env: { A: 'plugin' }, ...more },
      { env: { A: 'ours', B: '-b' } },
    );
    const { authorization = '' } = await source.current();
    return Buffer.from(authorization.slice('Bearer '.length), 'base64').toString().split('|');
  };

  test('its environment over the operator’s, and no cluster unless it asks', async () => {
    const [info = '', env] = await told({});
    expect(JSON.parse(info)).toEqual({
      apiVersion: v1,
      kind: 'ExecCredential',
      spec: { interactive: false },
    });
    expect(env).toBe('plugin-b');
  });

  test('the cluster, when it asks', async () => {
    const [info = ''] = await told({ provideClusterInfo: true });
    expect((JSON.parse(info) as { spec: object }).spec).toEqual({
      interactive: false,
      cluster: {
        server: 'https://k8s.example',
        'tls-server-name': 'api',
        'certificate-authority-data': Buffer.from('PEM').toString('base64'),
        config: { tenant: 7 },
      },
    });
  });

  test('arguments as they are: no shell reads them', async () => {
    const args = [
      '-e',
      `console.log(JSON.stringify({apiVersion:'${v1}',kind:'ExecCredential',status:{token:process.argv[1]}}))`,
      '$(id);`id`',
    ];
    const { source } = plugin('', { args });
    expect(await source.current()).toEqual({ authorization: 'Bearer $(id);`id`' });
  });
});

describe('is an error that tells no secret', () => {
  test.each([
    [
      'that fails',
      `console.error('login first; password=hunter22'); process.exit(3)`,
      /failed: login first; password=\*\*\*/,
    ],
    ['that says nothing', ``, /no ExecCredential/],
    ['that says something else', `console.log('s3cr3t')`, /no ExecCredential/],
    ['of another kind', `out({token:'s3cr3t'},{kind:'Secret'})`, /no ExecCredential/],
    [
      'of another version',
      `out({token:'s3cr3t'},{apiVersion:'client.authentication.k8s.io/v1beta1'})`,
      /apiVersion/,
    ],
    ['without status', `out(undefined)`, /neither/],
    ['with a key but no certificate', `out({clientKeyData:'s3cr3t'})`, /neither/],
    ['with a token no header can carry', `out({token:'s3cr3t\\r\\nx: y'})`, /neither/],
    [
      'with a strange expiry',
      `out({token:'s3cr3t', expirationTimestamp:'soon'})`,
      /expirationTimestamp/,
    ],
    [
      'that talks without end',
      `for(;;) require('fs').writeSync(1, 's3cr3t'.repeat(10000))`,
      /failed/,
    ],
  ])('a plugin %s', async (_what, script, message) => {
    const { source } = plugin(script);
    const error = await source.current().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(KubeconfigError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toMatch(/s3cr3t|hunter22/);
  });

  test('a plugin that is not there, with its hint', async () => {
    const { source } = plugin('', {
      command: '/nowhere/auth',
      installHint: 'install it from example.org',
    });
    await expect(source.current()).rejects.toThrow(/ENOENT; install it from example.org/);
  });

  test('a failure is not kept: the next request asks again', async () => {
    const { source, runs } = plugin(`process.exit(1)`);
    await expect(source.current()).rejects.toThrow();
    await expect(source.current()).rejects.toThrow();
    expect(runs()).toBe(2);
  });

  test.each([
    ['speaks an unknown version', { apiVersion: 'client.authentication.k8s.io/v9' }],
    ['needs a terminal', { interactiveMode: 'Always' }],
  ])('a plugin that %s is not even started', (_what, more) => {
    expect(() => plugin('', more)).toThrow(KubeconfigError);
  });
});
