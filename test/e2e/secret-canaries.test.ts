import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { serviceAccountIdentity } from '../../src/kube/identity.ts';
import { benchTenant, type BenchTenant } from '../support/bench-tenant.ts';
import { configMap } from '../support/estate-objects.ts';
import { startEstate, type Estate } from '../support/estate.ts';
import { eventually } from '../support/eventually.ts';
import type { ManagerProcess } from '../support/manager-process.ts';
import { descendantsOf } from '../support/process-tree.ts';
import { reportOnFailure } from '../support/report-on-failure.ts';
import type { Expected } from '../support/settled.ts';
import { generateSshKey } from '../support/ssh-git-server.ts';
import { untilAllowed } from '../support/until-allowed.ts';

/**
 * What a Secret holds is nowhere else: not in a status, an event, a log line at the finest level, a
 * metric, a command line or environment of a process, nor on the volume; whether it works or fails.
 */
let estate: Estate;
let manager: ManagerProcess;
beforeAll(async () => {
  estate = await startEstate({ tenants: [] });
  manager = await estate.startManager(['--log-level=trace']);
});
afterEach(() => estate.git.heal());
afterAll(() => estate?.[Symbol.asyncDispose]());
reportOnFailure(() => estate);

/** Everything that must not be found, by what it is. */
const canaries: Record<string, string> = {};
function canary(what: string): string {
  return (canaries[what] ??= `canary${Math.random().toString(36).slice(2)}`);
}

const good = { 'settings.yaml': configMap('settings', 'good') };
const tenantWith = async (name: string, stringData: Record<string, string>) => {
  const tenant = await benchTenant(estate, good);
  const metadata = { name, namespace: tenant.namespace };
  await estate.apply({ apiVersion: 'v1', kind: 'Secret', metadata, stringData });
  return tenant;
};
const failed: Expected = { ready: 'False' };
const refused: Expected = { ready: 'False', reason: 'ReconciliationFailed' };

describe('credentials of a source', () => {
  const sshKey = generateSshKey(canary('passphrase of an SSH key'));
  canaries['SSH key'] = sshKey.private.split('\n')[3] ?? 'no key';

  test.each<[string, Record<string, string>, object, Expected]>([
    ['a password', { username: 'bot', password: canary('password') }, {}, { ready: 'True' }],
    ['a token', { bearerToken: canary('token') }, {}, { ready: 'True' }],
    [
      'a password that breaks the line',
      { username: 'bot', password: `${canary('broken password')}\nHost: evil` },
      {},
      failed,
    ],
    ['half a pair', { password: canary('password without a name') }, {}, failed],
    [
      'a client key that is none',
      { 'tls.crt': 'x', 'tls.key': canary('client key') },
      { url: 'https://127.0.0.1:1/fleet.git' },
      failed,
    ],
    [
      'an SSH key with a wrong passphrase',
      { identity: sshKey.private, known_hosts: '127.0.0.1 ssh-ed25519 AAAA', password: 'no' },
      { url: 'ssh://git@127.0.0.1:1/fleet.git' },
      failed,
    ],
    [
      'an SSH key for a server that is away',
      {
        identity: sshKey.private,
        known_hosts: '[127.0.0.1]:1 ssh-ed25519 AAAA',
        password: canary('passphrase of an SSH key'),
      },
      { url: 'ssh://git@127.0.0.1:1/fleet.git' },
      failed,
    ],
  ])('%s', async (_, secret, spec, expected) => {
    const tenant = await tenantWith('git', secret);
    await tenant.source({ secretRef: { name: 'git' }, ...spec });
    await tenant.sourceIs(expected);
  });

  test('of a proxy', async () => {
    const address = 'http://127.0.0.1:1';
    const password = canary('password of a proxy');
    const tenant = await tenantWith('proxy', { address, username: 'bot', password });
    await tenant.source({ proxySecretRef: { name: 'proxy' } });
    await tenant.sourceIs(failed);
  });

  test('in a URL, where only the spec repeats them', async () => {
    const tenant = await benchTenant(estate, good);
    const url = tenant.url.replace('://', `://bot:${canary('password in a URL')}@`);
    await tenant.source({ url: url.replace(tenant.namespace, 'nowhere') });
    await tenant.sourceIs(failed);
    await tenant.source({ url });
    await tenant.sourceIs({ ready: 'True' });
  });

  test('while Git runs, in no command line and no environment', async () => {
    const password = canary('password of a running Git');
    const tenant = await tenantWith('git', { username: 'bot', password });
    estate.git.fault({ kind: 'stall' }, tenant.namespace);
    await tenant.source({ secretRef: { name: 'git' } });
    const seen = await eventually('Git talks to the server', async () => {
      const children = await descendantsOf(manager.pid);
      const texts = await Promise.all(children.map(({ pid }) => traces(pid)));
      const git = texts.filter((text) => text.includes('git'));
      const asked = estate.git.requests.some(({ repository }) => repository === tenant.namespace);
      return asked && git.length > 0 ? git.join('\n') : undefined;
    });
    expect(seen).not.toContain(password);
    expect(seen).not.toContain(Buffer.from(`bot:${password}`).toString('base64'));
    await tenant.source({ secretRef: { name: 'git' }, suspend: true });
  });
});

/** What anybody on the machine sees of a process. */
async function traces(pid: number): Promise<string> {
  const files = await Promise.all(
    ['cmdline', 'environ'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')),
  );
  return files.join('\n');
}

describe('Secrets that tenants keep in Git, or substitute from', () => {
  const secret = (data: string) =>
    `apiVersion: v1\nkind: Secret\nmetadata:\n  name: mine\n${data}\n`;
  const base64 = (text: string) => Buffer.from(text).toString('base64');

  test.each<[string, string, Expected]>([
    ['a good one', `stringData: { key: ${canary('Secret in Git')} }`, { ready: 'True' }],
    ['one that is not base64', `data: { key: '${canary('data that is not base64')}!' }`, failed],
    ['one of the wrong shape', `data: [${canary('data of the wrong shape')}]`, failed],
    ['one with an unknown field', `dtaa: { key: ${canary('data in an unknown field')} }`, failed],
    ['one with a bad key', `data: { 'a key': ${base64(canary('data of a bad key'))} }`, failed],
    ['one that is not YAML', `stringData: { key: ${canary('broken Secret')}\n b: [`, failed],
  ])('%s', async (_, data, expected) => {
    const tenant = await benchTenant(estate, { ...good, 'secret.yaml': secret(data) });
    await tenant.source();
    await tenant.app();
    await tenant.appIs(expected);
  });

  test.each<[string, string, Expected]>([
    ['a value', configMap('from', '${value}'), { ready: 'True' }],
    ['a value the API server refuses', service('80', '${value}'), refused],
    ['a value of the wrong type', service('${value}'), refused],
    ['a value that is broken YAML', 'kind: ConfigMap\nmetadata: {name: ${value}: [', failed],
  ])('%s', async (what, manifest, expected) => {
    const tenant = await tenantWith('variables', { value: canary(`substituted ${what}`) });
    await tenant.push({ 'substituted.yaml': manifest });
    await tenant.source();
    const substituteFrom = [{ kind: 'Secret', name: 'variables' }];
    await tenant.app({ postBuild: { substituteFrom } });
    await mayReadSecrets(tenant);
    await tenant.appIs(expected);
  });

  test('a kubeconfig', async () => {
    const text = kubeconfig(canary('token of a kubeconfig'));
    const tenant = await tenantWith('remote', { value: text });
    await tenant.source();
    await tenant.app({ kubeConfig: { secretRef: { name: 'remote' } } });
    await tenant.appIs({ ready: 'False', reason: 'ReconciliationFailed' });
  });
});

const service = (port: string, type = 'ClusterIP') =>
  `apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  type: ${type}\n  ports:\n  - port: ${port}\n`;

const kubeconfig = (token: string) => `apiVersion: v1
kind: Config
current-context: x
contexts: [{ name: x, context: { cluster: x, user: x } }]
clusters: [{ name: x, cluster: { server: 'https://127.0.0.1:1' } }]
users: [{ name: x, user: { token: ${token}, exec: { command: sh } } }]
`;

/** Kubernetes' role `edit` has it; said here because the tests above depend on it. */
async function mayReadSecrets({ namespace }: BenchTenant): Promise<void> {
  const account = serviceAccountIdentity(namespace, 'gitops-reconciler');
  await untilAllowed(estate.admin, account, { verb: 'get', resource: 'secrets', namespace });
}

describe('afterwards', () => {
  const found = (text: string) =>
    Object.entries(canaries)
      .filter(([, value]) =>
        [value, Buffer.from(value).toString('base64').replace(/=+$/, '')].some((form) =>
          text.includes(form),
        ),
      )
      .map(([what]) => what);
  const kubectl = async (...args: string[]) => (await estate.kubectl(args)).stdout;

  test('no status tells', async () => {
    const template = '{range .items[*]}{.status}{"\\n"}{end}';
    const text = await kubectl('get', 'gitrepo,ks', '-A', '-o', `jsonpath=${template}`);
    expect(text.split('\n').length).toBeGreaterThan(30);
    expect(found(text)).toEqual([]);
  });

  test('no event tells', async () => {
    const text = await kubectl('get', 'events', '-A', '-o', 'json');
    expect(text.length).toBeGreaterThan(10_000);
    expect(found(text)).toEqual([]);
  });

  test('no log line and no metric tells', async () => {
    expect(manager.log.length).toBeGreaterThan(50);
    expect(found(JSON.stringify(manager.log))).toEqual([]);
    const metrics = await fetch(manager.metricsUrl).then((answer) => answer.text());
    expect(metrics).toContain('gotk_reconcile_duration_seconds');
    expect(found(metrics)).toEqual([]);
  });

  test('no file on the volume has the credentials of a source', async () => {
    await manager.stop();
    const files = await readdir(estate.storagePath, { recursive: true, withFileTypes: true });
    const contents = await Promise.all(
      files
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => readFile(path.join(parentPath, name), 'latin1')),
    );
    expect(contents.length).toBeGreaterThan(5);
    expect(found(contents.join('\n'))).toEqual([]);
  });
});
