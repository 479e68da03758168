import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { inClusterConfig, isInCluster } from './in-cluster.ts';
import { loadKubeconfig } from './kubeconfig.ts';
import { KubeconfigError } from './kubeconfig-document.ts';
import { fileToken } from './token-file.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'tenantry-kubeconfig-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function file(content: string | object, name = `file-${files++}`): string {
  const target = path.join(folder, name);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, typeof content === 'string' ? content : JSON.stringify(content));
  return target;
}
const pem = (what: string) => `-----BEGIN ${what}-----\nx\n-----END ${what}-----\n`;
const base64 = (text: string) => Buffer.from(text).toString('base64');
const config = (user: object, cluster: object = {}) => ({
  'current-context': 'c',
  clusters: [{ name: 'c', cluster: { server: 'https://k8s.example', ...cluster } }],
  users: [{ name: 'u', user }],
  contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
});
const load = (user: object, cluster: object = {}) =>
  loadKubeconfig({ paths: [file(config(user, cluster))] });
const credentialOf = async (user: object) => (await load(user)).credentials.current();

describe('where the configuration comes from', () => {
  test('KUBECONFIG is a list; what is missing is passed over, contexts may span files', async () => {
    const { users, ...rest } = config({ token: 'listed' });
    const list = [file(rest), path.join(folder, 'missing'), file({ users })].join(path.delimiter);
    const { credentials } = await loadKubeconfig({ env: { KUBECONFIG: list } });
    expect(await credentials.current()).toEqual({ authorization: 'Bearer listed' });
  });

  test('without anything it is ~/.kube/config', async () => {
    file(config({ token: 'home' }), 'home/.kube/config');
    const { credentials } = await loadKubeconfig({ env: { HOME: path.join(folder, 'home') } });
    expect(await credentials.current()).toEqual({ authorization: 'Bearer home' });
  });

  test('a file that was asked for must exist', async () => {
    const missing = path.join(folder, 'missing');
    await expect(loadKubeconfig({ paths: [missing] })).rejects.toThrow(KubeconfigError);
    await expect(loadKubeconfig({ env: { KUBECONFIG: missing } })).rejects.toThrow(/no kubeconfig/);
  });

  test('another context by name', async () => {
    const document = config({ token: 't' });
    document.contexts.push({
      name: 'other',
      context: { cluster: 'c', user: 'u', namespace: 'apps' } as never,
    });
    const loaded = await loadKubeconfig({ paths: [file(document)], context: 'other' });
    expect(loaded.namespace).toBe('apps');
  });
});

describe('credentials', () => {
  test('a token, without the line end files have', async () => {
    expect(await credentialOf({ token: 'abc\n' })).toEqual({ authorization: 'Bearer abc' });
  });

  test('user name and password', async () => {
    expect(await credentialOf({ username: 'bob', password: 'pä:ss' })).toEqual({
      authorization: `Basic ${base64('bob:pä:ss')}`,
    });
  });

  test('a client certificate, inline before file', async () => {
    const crt = file(pem('CERTIFICATE'));
    const key = file(pem('PRIVATE KEY'));
    const fromFiles = await credentialOf({ 'client-certificate': crt, 'client-key': key });
    expect(fromFiles.certificate).toEqual({ cert: pem('CERTIFICATE'), key: pem('PRIVATE KEY') });
    const inline = await credentialOf({
      'client-certificate': '/nowhere',
      'client-certificate-data': base64(pem('INLINE')),
      'client-key': key,
    });
    expect(inline.certificate?.cert).toBe(pem('INLINE'));
  });

  test('none at all', async () => {
    expect(await credentialOf({})).toEqual({});
  });

  test.each([
    ['half a certificate', { 'client-certificate-data': base64(pem('CERTIFICATE')) }, /both/],
    ['data that is no PEM', { 'client-certificate-data': 'xx', 'client-key-data': 'xx' }, /PEM/],
    ['a token with a line break', { token: 'a\nb: c' }, /header/],
    ['a legacy auth provider', { 'auth-provider': { name: 'azure' } }, /'azure' is not supported/],
    ['impersonation', { token: 't', as: 'root' }, /impersonation/],
    [
      'an exec plugin of an old protocol',
      { exec: { command: 'x', apiVersion: 'v1alpha1' } },
      /v1alpha1/,
    ],
  ])('%s is refused', async (_what, user, message) => {
    await expect(credentialOf(user)).rejects.toThrow(message);
  });
});

describe('the cluster', () => {
  test('with all that TLS needs', async () => {
    const ca = file(pem('CERTIFICATE'));
    expect(
      await load(
        {},
        { 'certificate-authority': ca, 'tls-server-name': 'api', 'proxy-url': 'http://p:1' },
      ),
    ).toMatchObject({
      server: 'https://k8s.example/',
      ca: pem('CERTIFICATE'),
      tlsServerName: 'api',
      proxyUrl: 'http://p:1/',
    });
  });

  test.each(['', 'ftp://x', 'unix:///run/k8s.sock'])('server %j is refused', async (server) => {
    await expect(load({}, { server })).rejects.toThrow(/http\(s\) URL/);
  });

  test('a SOCKS proxy is refused', async () => {
    await expect(load({}, { 'proxy-url': 'socks5://p:1' })).rejects.toThrow(/proxy-url/);
  });
});

describe('a token file', () => {
  test('is read again each minute, and at once when its token was rejected', async () => {
    const clock = createFakeClock();
    const source = fileToken(file('one\n', 'token'), { clock });
    const first = await source.current();
    expect(first).toEqual({ authorization: 'Bearer one' });
    file('two', 'token');
    clock.tick(59_000);
    expect(await source.current()).toBe(first);
    clock.tick(2_000);
    const second = await source.current();
    expect(second).toEqual({ authorization: 'Bearer two' });
    file('three', 'token');
    source.reject?.(first);
    expect(await source.current()).toBe(second);
    source.reject?.(second);
    expect(await source.current()).toEqual({ authorization: 'Bearer three' });
  });

  test('that vanishes or is half written leaves the last token; at first it is an error', async () => {
    const clock = createFakeClock();
    const target = file('good', 'fragile');
    const source = fileToken(target, { clock });
    await source.current();
    for (const broken of ['', 'two words', 'new\nline\n\n x']) {
      writeFileSync(target, broken);
      clock.tick(120_000);
      expect(await source.current()).toEqual({ authorization: 'Bearer good' });
    }
    rmSync(target);
    clock.tick(120_000);
    expect(await source.current()).toEqual({ authorization: 'Bearer good' });
    await expect(fileToken(target, { clock }).current()).rejects.toThrow(KubeconfigError);
  });
});

describe('in a cluster', () => {
  const account = path.join(folder, 'serviceaccount');
  const env = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '6443' };
  const clock = createFakeClock();

  test('the pod’s ServiceAccount is used', async () => {
    file('pods-token', 'serviceaccount/token');
    file(pem('CERTIFICATE'), 'serviceaccount/ca.crt');
    file('flux-system\n', 'serviceaccount/namespace');
    expect(isInCluster(env, account)).toBe(true);
    const loaded = await inClusterConfig({ env, clock, folder: account });
    expect(loaded).toMatchObject({
      server: 'https://10.96.0.1:6443',
      ca: pem('CERTIFICATE'),
      namespace: 'flux-system',
    });
    expect(await loaded.credentials.current()).toMatchObject({
      authorization: 'Bearer pods-token',
    });
    const dual = { ...env, KUBERNETES_SERVICE_HOST: 'fd00::1' };
    expect((await inClusterConfig({ env: dual, clock, folder: account })).server).toBe(
      'https://[fd00::1]:6443',
    );
  });

  test('and elsewhere it is not', async () => {
    expect(isInCluster({}, account)).toBe(false);
    expect(isInCluster(env, path.join(folder, 'nowhere'))).toBe(false);
    await expect(inClusterConfig({ env: {}, clock })).rejects.toThrow(/not in a cluster/);
    const nowhere = path.join(folder, 'nowhere');
    await expect(inClusterConfig({ env, clock, folder: nowhere })).rejects.toThrow(/ca\.crt/);
  });
});
