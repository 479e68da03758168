import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Kustomization } from '../../src/api/kustomize/kustomization.ts';
import { diffCommand } from '../../src/apps/diff/diff-command.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { userIdentity } from '../../src/kube/identity.ts';
import { configMap, kustomization } from '../support/estate-objects.ts';
import { configMaps, events, startEstate, type Estate } from '../support/estate.ts';
import { eventually } from '../support/eventually.ts';
import type { ManagerProcess } from '../support/manager-process.ts';
import { startProxyServer } from '../support/proxy-server.ts';
import type { KubeconfigParts } from '../support/remote-cluster.ts';
import { reportOnFailure } from '../support/report-on-failure.ts';
import {
  readableKubeconfig,
  startSecondCluster,
  type SecondCluster,
} from '../support/second-cluster.ts';
import { conditionOf } from '../support/settled.ts';
import { cliOf } from '../support/tenantry-cli.ts';
import { untilAllowed } from '../support/until-allowed.ts';

/**
 * `spec.kubeConfig`, with two control planes: the tenant has a namespace of the same name, and
 * objects of the same names, in both.
 */
const tenant = 'rovers';
const neighbour = 'lurkers';
const away = { namespace: tenant, name: 'away' };
const home = { namespace: tenant, name: 'apps' };

let estate: Estate;
let remote: SecondCluster;
let manager: ManagerProcess;
beforeAll(async () => {
  [estate, remote] = await Promise.all([
    startEstate({ tenants: [tenant, neighbour] }),
    startSecondCluster(),
  ]);
  manager = await estate.startManager(['--allow-loopback-clusters']);
  await estate.push({
    write: {
      [`${tenant}/settings.yaml`]: configMap('settings', 'here'),
      'there/settings.yaml': configMap('settings', 'there'),
      'there/more.yaml': configMap('more', 'there'),
    },
  });
  await leadTo({ user: { token: await remote.deployer(tenant, 'deployer') } });
  await estate.deploy(tenant);
  await estate.apply(remoteApps());
});
afterAll(async () => {
  await estate?.[Symbol.asyncDispose]();
  await remote?.[Symbol.asyncDispose]();
});
reportOnFailure(() => estate);

const toRemote = {
  path: './there',
  serviceAccountName: '',
  kubeConfig: { secretRef: { name: 'remote' } },
};
const remoteApps = (spec: object = {}, key = away) =>
  kustomization(key, { ...toRemote, retryInterval: '1s', ...spec });

/** Puts a kubeconfig that leads to the other cluster into a Secret, which `default` may read. */
const leadTo = (parts: KubeconfigParts, name = 'remote', namespace = tenant) =>
  estate.apply(...readableKubeconfig({ namespace, name }, remote.kubeconfig(parts)));

const ready = async (key = away) =>
  estate.settled('Kustomization', key, { ready: 'True', revision: await estate.tip() });
const failed = (message: RegExp, key = away) =>
  estate.settled('Kustomization', key, { ready: 'False', message });

async function valuesIn(client: KubeClient): Promise<Record<string, string>> {
  const labelSelector = 'kustomize.toolkit.fluxcd.io/name';
  const { items } = await client.list(configMaps, { namespace: tenant, labelSelector });
  return Object.fromEntries(
    items.map(({ metadata, data }) => [metadata.name, (data as { value: string }).value]),
  );
}
const holds = (client: KubeClient, values: Record<string, string>) =>
  eventually(`the cluster holds ${JSON.stringify(values)}`, async () => {
    expect(await valuesIn(client)).toEqual(values);
    return true;
  });
const edit = (client: KubeClient, name: string, value: string) =>
  client.patch(
    configMaps,
    { namespace: tenant, name },
    { type: 'merge', body: { data: { value } } },
  );

test('objects of one name in two clusters are two objects, and each cluster has its own', async () => {
  await ready(home);
  const { status } = await ready();
  expect(await valuesIn(estate.admin)).toEqual({ settings: 'here' });
  expect(await valuesIn(remote.admin)).toEqual({ more: 'there', settings: 'there' });
  expect(status?.inventory).toMatchObject({ cluster: expect.stringMatching(/^[0-9a-f]{16}$/) });
});

test('what leaves Git is pruned there, and here nothing of that name', async () => {
  await estate.push({ remove: ['there/settings.yaml'] });
  await ready();
  expect(await valuesIn(remote.admin)).toEqual({ more: 'there' });
  expect(await valuesIn(estate.admin)).toEqual({ settings: 'here' });
});

describe('a plan', () => {
  let copy: string;
  beforeAll(async () => {
    copy = await mkdtemp(path.join(tmpdir(), 'plan-'));
    await mkdir(path.join(copy, 'there'));
    await writeFile(path.join(copy, 'there/more.yaml'), configMap('more', 'planned'));
    await writeFile(path.join(copy, 'there/new.yaml'), configMap('new', 'planned'));
  });
  afterAll(() => rm(copy, { recursive: true }));
  const plan = (...argv: string[]) => {
    const flags = ['--kubeconfig', estate.plane.kubeconfig, '--path', path.join(copy, 'there')];
    return cliOf([diffCommand], flags)(['diff', 'ks/away', '-n', tenant, ...argv]);
  };

  test('is made in the other cluster, as who applies there, and changes nothing', async () => {
    const { code, out, err } = await plan('--allow-loopback-clusters');
    expect([code, err.includes('✗')]).toEqual([1, false]);
    expect(out).toContain(
      "tried in the cluster of Secret 'rovers/remote' as the user of the kubeconfig\n",
    );
    expect(out).toContain('► ConfigMap/rovers/more configured\n--- cluster/');
    expect(out).toContain('-  value: there\n+  value: planned\n');
    expect(out).toContain('► ConfigMap/rovers/new created\n');
    expect(await valuesIn(remote.admin)).toEqual({ more: 'there' });
  });

  test('is refused for what the controller would refuse', async () => {
    const { code, out, err } = await plan();
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(
      "the kubeconfig in Secret 'rovers/remote' is refused: it points to a loop",
    );
  });

  test('takes the right to read the Secret', async () => {
    const apiGroup = 'rbac.authorization.k8s.io';
    await estate.apply({
      apiVersion: `${apiGroup}/v1`,
      kind: 'RoleBinding',
      metadata: { namespace: tenant, name: 'ada' },
      subjects: [{ kind: 'User', name: 'ada', apiGroup }],
      roleRef: { apiGroup, kind: 'ClusterRole', name: 'view' },
    });
    const reading = { group: 'kustomize.toolkit.fluxcd.io', resource: 'kustomizations' };
    await untilAllowed(estate.admin, userIdentity('ada'), {
      verb: 'get',
      namespace: tenant,
      ...reading,
    });
    const { code, out, err } = await plan('--allow-loopback-clusters', '--as', 'ada');
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/✗ Secret\/rovers\/remote: .*may not get secrets/);
  });
});

test('drift there is corrected at the interval, nobody having asked', async () => {
  await estate.apply(remoteApps({ interval: '1s' }));
  await ready();
  await edit(remote.admin, 'more', 'drifted');
  await holds(remote.admin, { more: 'there' });
  await remote.admin.delete(configMaps, { namespace: tenant, name: 'more' });
  await holds(remote.admin, { more: 'there' });
  await estate.apply(remoteApps());
});

test('health is of the objects there', async () => {
  const claim = (name: string) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'none',
        resources: { requests: { storage: '1Mi' } },
      },
    });
  await estate.apply(remoteApps({ wait: true }));
  await estate.push({ write: { 'there/disk.yaml': claim('disk') } });
  await eventually('it waits for the disk', async () => {
    const object = await estate.admin.get(Kustomization.type, away);
    const healthy = conditionOf(object, 'Healthy');
    return healthy?.status === 'Unknown' ? true : undefined;
  });
  const type = { ...configMaps, kind: 'PersistentVolumeClaim', plural: 'persistentvolumeclaims' };
  const body = { status: { phase: 'Bound' } };
  const key = { namespace: tenant, name: 'disk' };
  await remote.admin.patch(type, key, { type: 'merge', body }, { subresource: 'status' });
  await estate.settled('Kustomization', away, {
    ready: 'True',
    revision: await estate.tip(),
    has: ['Healthy'],
  });
  await estate.apply(remoteApps());
});

test('credentials that ended are told, and new ones in the Secret are all it takes', async () => {
  const accounts = { ...configMaps, kind: 'ServiceAccount', plural: 'serviceaccounts' };
  await remote.admin.delete(accounts, { namespace: tenant, name: 'deployer' });
  await edit(remote.admin, 'more', 'drifted');
  await eventually('the old token is refused', async () => {
    await estate.request('Kustomization', away);
    const message =
      /the cluster of Secret 'rovers\/remote' does not accept the credentials: renew them$/;
    const expected = { ready: 'False', message, withinSeconds: 10 } as const;
    // The API server there remembers for some seconds whom it let in.
    return estate.settled('Kustomization', away, expected);
  });
  const { metadata } = await estate.admin.get(Kustomization.type, away);
  await leadTo({ user: { token: await remote.deployer(tenant, 'renewed') } });
  const { metadata: after } = await ready();
  expect(after.generation).toBe(metadata.generation);
  await holds(remote.admin, { more: 'there' });
});

test('a cluster that is away keeps its own Kustomizations waiting, and no others', async () => {
  await remote.plane.stopApiServer();
  await estate.push({
    write: {
      [`${tenant}/settings.yaml`]: configMap('settings', 'newer'),
      'there/more.yaml': configMap('more', 'newer'),
    },
  });
  await ready(home);
  expect(await valuesIn(estate.admin)).toEqual({ settings: 'newer' });
  await failed(/does not answer: .*will be tried again/);
  await remote.plane.startApiServer();
  await ready();
  expect(await valuesIn(remote.admin)).toEqual({ more: 'newer' });
});

describe('a neighbour', () => {
  const theirs = { namespace: neighbour, name: 'away' };

  test('gets nothing of the way there by naming the Secret', async () => {
    await estate.apply(remoteApps({ targetNamespace: tenant }, theirs));
    await failed(/ServiceAccount 'lurkers\/default' may not get secrets/, theirs);
    await estate.kubectl(['-n', neighbour, 'delete', 'ks/away', '--timeout=240s']);
  });

  test('with a way of its own takes over nothing there', async () => {
    const token = await remote.deployer(neighbour, 'lurker');
    const apiGroup = 'rbac.authorization.k8s.io';
    await remote.admin.create(
      {
        group: apiGroup,
        version: 'v1',
        kind: 'RoleBinding',
        plural: 'rolebindings',
        namespaced: true,
      },
      {
        apiVersion: `${apiGroup}/v1`,
        kind: 'RoleBinding',
        metadata: { name: 'lurker', namespace: tenant },
        subjects: [{ kind: 'ServiceAccount', name: 'lurker', namespace: neighbour }],
        roleRef: { apiGroup, kind: 'ClusterRole', name: 'edit' },
      },
    );
    await leadTo({ user: { token } }, 'remote', neighbour);
    await estate.apply(remoteApps({ targetNamespace: tenant }, theirs));
    const { status } = await failed(
      /ConfigMap\/rovers\/more exists and may not be taken over/,
      theirs,
    );
    expect(JSON.stringify(status?.conditions)).not.toContain('rovers/away');
    const { metadata } = await remote.admin.get(configMaps, { namespace: tenant, name: 'more' });
    expect(metadata.labels).toMatchObject({ 'kustomize.toolkit.fluxcd.io/namespace': tenant });
    await estate.kubectl(['-n', neighbour, 'delete', 'ks/away', '--timeout=240s']);
    expect(await valuesIn(remote.admin)).toEqual({ more: 'newer' });
  });
});

describe('what a kubeconfig may do only where the administrator says so', () => {
  const wayOf = (name: string) => ({ namespace: tenant, name });
  const way = (name: string) =>
    remoteApps({ path: `./${name}`, kubeConfig: { secretRef: { name } } }, wayOf(name));
  const names = ['program', 'unverified', 'renamed', 'proxied'] as const;

  test('is refused, each by its name, and works under the flag for it', async () => {
    await using proxy = await startProxyServer({ protocol: 'http' });
    const token = await remote.deployer(tenant, 'courier');
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token },
    };
    const exec = {
      apiVersion: credential.apiVersion,
      command: process.execPath,
      args: ['-e', `console.log(${JSON.stringify(JSON.stringify(credential))})`],
      interactiveMode: 'Never',
    };
    const parts: Record<(typeof names)[number], KubeconfigParts> = {
      program: { user: { exec } },
      unverified: {
        cluster: { 'certificate-authority-data': undefined, 'insecure-skip-tls-verify': true },
        user: { token },
      },
      renamed: { cluster: { 'tls-server-name': 'kubernetes.default.svc' }, user: { token } },
      proxied: { cluster: { 'proxy-url': proxy.url }, user: { token } },
    };
    for (const name of names) {
      await leadTo(parts[name], name);
      await estate.push({ write: { [`${name}/${name}.yaml`]: configMap(name, name) } });
      await estate.apply(way(name));
    }
    await failed(/is refused: it runs a program/, wayOf('program'));
    await failed(/is refused: it does not verify the server/, wayOf('unverified'));
    await failed(/is refused: it verifies another name/, wayOf('renamed'));
    await failed(/is refused: it sends requests through a proxy/, wayOf('proxied'));
    expect([await valuesIn(remote.admin), proxy.targets]).toEqual([{ more: 'newer' }, []]);

    await manager.stop();
    await estate.startManager([
      '--allow-loopback-clusters',
      '--insecure-kubeconfig-exec',
      '--insecure-kubeconfig-tls',
      '--allow-kubeconfig-proxy',
    ]);
    for (const name of names) await ready(wayOf(name));
    const made = Object.fromEntries(names.map((name) => [name, name]));
    expect(await valuesIn(remote.admin)).toEqual({ more: 'newer', ...made });
    expect(new Set(proxy.targets)).toEqual(new Set([new URL(remote.plane.server).host]));
  });
});

test('led to another cluster, it leaves what is in the old one, and says what that is', async () => {
  const key = { namespace: tenant, name: 'program' };
  const { kubeConfig: _none, ...spec } = toRemote;
  await estate.apply(
    kustomization(key, { ...spec, path: './program', serviceAccountName: 'gitops-reconciler' }),
  );
  await estate.admin.patch(Kustomization.type, key, {
    type: 'merge',
    body: { spec: { kubeConfig: null } },
  });
  await eventually('it is applied here', async () => {
    const values = await valuesIn(estate.admin);
    return values['program'] === 'program' ? true : undefined;
  });
  expect(await valuesIn(remote.admin)).toHaveProperty('program', 'program');
  const left = String.raw`left in that one:\nConfigMap/rovers/program`;
  await eventually('an event names what was left', async () => {
    const { items } = await estate.admin.list(events, { namespace: tenant });
    return items.find((event) => JSON.stringify(event).includes(left));
  });
});

test('deleted, it deletes there, waits for the end of it, and leaves this cluster alone', async () => {
  await estate.apply(remoteApps({ deletionPolicy: 'WaitForTermination' }));
  await ready();
  const hold = (finalizers: string[]) =>
    remote.admin.patch(
      configMaps,
      { namespace: tenant, name: 'more' },
      { type: 'merge', body: { metadata: { finalizers } } },
    );
  await hold(['example.org/hold']);
  await estate.kubectl(['-n', tenant, 'delete', 'ks/away', '--wait=false']);
  await eventually('it waits', async () => {
    const object = await estate.admin.get(Kustomization.type, away);
    return conditionOf(object, 'Ready')?.message.includes('termination') ? true : undefined;
  });
  await hold([]);
  const { code } = await estate.kubectl([
    '-n',
    tenant,
    'wait',
    '--for=delete',
    'ks/away',
    '--timeout=240s',
  ]);
  expect(code).toBe(0);
  expect(await valuesIn(remote.admin)).not.toHaveProperty('more');
  expect(await valuesIn(estate.admin)).toHaveProperty('settings', 'newer');
});
