import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  apply,
  clusterContext,
  freshName,
  freshNamespace,
  kubectl,
  kubectlOk,
} from '../../../test/support/cluster.ts';
import type { KubeObject } from '../../kube/object.ts';
import { installManifests } from './manifests.ts';
import { defaultInstallOptions, managerName, type InstallOptions } from './options.ts';

/** An installation of its own, so that no other test's manager is in the way. */
async function install(more: Partial<InstallOptions> = {}) {
  const namespace = freshName('gitops');
  const manifests = installManifests({ ...defaultInstallOptions, ...more, namespace });
  const isCrd = ({ kind }: KubeObject) => kind === 'CustomResourceDefinition';
  await apply(manifests.filter(isCrd).map(withoutLabels));
  await apply(manifests.filter((object) => !isCrd(object)));
  return { namespace, user: `system:serviceaccount:${namespace}:${managerName}` };
}

/** CRDs are shared by all tests of the run: their labels must not depend on who came last. */
function withoutLabels(crd: KubeObject): KubeObject {
  const { labels: _labels, ...metadata } = crd.metadata;
  return { ...crd, metadata };
}

async function canI(user: string, ...question: string[]): Promise<boolean> {
  const { stdout } = await kubectl(['auth', 'can-i', ...question], { as: user });
  return stdout.trim().split('\n').at(-1) === 'yes';
}

describe('the exported manifests', () => {
  test('apply to a real API server, without a Pod Security complaint', async () => {
    const namespace = freshName('gitops');
    const manifests = installManifests({ ...defaultInstallOptions, namespace });
    const rest = manifests.filter(({ kind }) => kind !== 'CustomResourceDefinition');
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: rest });
    const { code, stderr } = await kubectl(
      ['apply', '--server-side', '--validate=strict', '-f', '-'],
      { input },
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });
});

describe("the manager's ServiceAccount", () => {
  let user: string;
  let namespace: string;
  beforeAll(async () => {
    ({ user, namespace } = await install());
  });

  test.each([
    ['list', 'gitrepositories.source.toolkit.fluxcd.io', '-A'],
    ['patch', 'kustomizations.kustomize.toolkit.fluxcd.io', '--subresource=status', '-A'],
    ['watch', 'namespaces', '-A'],
    ['get', 'secrets', '-n', 'default'],
    ['create', 'tokenreviews.authentication.k8s.io'],
    ['create', 'events', '-n', 'default'],
    ['impersonate', 'serviceaccounts', '-n', 'default'],
  ])('can %s %s %s %s', async (...question) => {
    await expect.poll(() => canI(user, ...question)).toBe(true);
  });

  test('can watch the built-in kinds, through the aggregated role', async () => {
    const role = `clusterrole/tenantry-watcher-${namespace}`;
    await kubectlOk(['wait', role, '--for=jsonpath={.rules[0].verbs[0]}=list', '--timeout=240s']);
    await expect.poll(() => canI(user, 'watch', 'deployments.apps', '-A')).toBe(true);
  });

  test.each([
    ['create', 'clusterrolebindings'],
    ['create', 'clusterroles'],
    ['escalate', 'clusterroles'],
    ['bind', 'clusterroles'],
    ['create', 'rolebindings', '-n', 'default'],
    ['delete', 'namespaces'],
    ['create', 'namespaces'],
    ['patch', 'namespaces'],
    ['list', 'secrets', '-A'],
    ['watch', 'secrets', '-n', 'default'],
    ['create', 'secrets', '-n', 'default'],
    ['create', 'deployments.apps', '-n', 'default'],
    ['create', 'pods', '-n', 'default'],
    ['create', 'serviceaccounts', '--subresource=token', '-n', 'default'],
    ['create', 'gitrepositories.source.toolkit.fluxcd.io', '-n', 'default'],
    ['delete', 'kustomizations.kustomize.toolkit.fluxcd.io', '-n', 'default'],
    ['patch', 'customresourcedefinitions'],
    ['create', 'validatingwebhookconfigurations'],
    ['impersonate', 'users'],
    ['impersonate', 'users/system:admin'],
    ['impersonate', 'users/system:kube-controller-manager'],
    ['impersonate', 'groups'],
    ['impersonate', 'groups/system:masters'],
    ['impersonate', 'uids'],
    ['impersonate', 'userextras.authentication.k8s.io', '--subresource=scopes'],
    ['get', '/logs'],
    ['*', '*'],
  ])('cannot %s %s %s %s %s', async (...question) => {
    expect(await canI(user, ...question)).toBe(false);
  });

  test('acts as a tenant with what the tenant may do, and as nobody greater', async () => {
    const tenant = await freshNamespace('tenant');
    await kubectlOk(['-n', tenant, 'create', 'serviceaccount', 'deployer']);
    const binding = ['--clusterrole=edit', `--serviceaccount=${tenant}:deployer`];
    await kubectlOk(['-n', tenant, 'create', 'rolebinding', 'deployer', ...binding]);
    const kubeconfig = await kubeconfigOf(namespace);
    const deployer = `system:serviceaccount:${tenant}:deployer`;
    const as = (identity: string, groups: string[], ...args: string[]) =>
      kubectl(args, { kubeconfig, as: identity, asGroups: groups });
    const make = ['-n', tenant, 'create', 'configmap', 'made', '--from-literal=a=b'];

    await expect.poll(() => as(deployer, [], ...make)).toMatchObject({ code: 0 });
    const neighbour = await as(deployer, [], '-n', namespace, 'get', 'secrets');
    expect(neighbour.stderr).toContain('Forbidden');
    for (const [identity, groups] of [
      ['system:admin', []],
      ['kubernetes-admin', ['system:masters']],
      [deployer, ['system:masters']],
    ] as const) {
      const { code, stderr } = await as(identity, [...groups], '-n', tenant, 'get', 'configmaps');
      expect(stderr).toMatch(/cannot impersonate resource "(users|groups)"/);
      expect(code).not.toBe(0);
    }
  });
});

describe('bound to tenant namespaces', () => {
  test('the manager impersonates and reads Secrets there, and nowhere else', async () => {
    const [tenant, neighbour] = [await freshNamespace('tenant'), await freshNamespace('tenant')];
    const { user } = await install({ tenantNamespaces: [tenant] });
    for (const right of [['impersonate', 'serviceaccounts'] as const, ['get', 'secrets'] as const])
      await expect.poll(() => canI(user, ...right, '-n', tenant)).toBe(true);
    for (const other of [neighbour, 'kube-system', 'default']) {
      expect(await canI(user, 'impersonate', 'serviceaccounts', '-n', other)).toBe(false);
      expect(await canI(user, 'get', 'secrets', '-n', other)).toBe(false);
    }
  });
});

describe("users' roles", () => {
  test('an editor of a namespace deploys by Git there, and writes no status', async () => {
    await install();
    const tenant = await freshNamespace('tenant');
    const user = `editor-${randomUUID()}`;
    await kubectlOk([
      '-n',
      tenant,
      'create',
      'rolebinding',
      'e',
      '--clusterrole=edit',
      `--user=${user}`,
    ]);
    const kind = 'kustomizations.kustomize.toolkit.fluxcd.io';
    await expect.poll(() => canI(user, 'create', kind, '-n', tenant)).toBe(true);
    await expect.poll(() => canI(user, 'get', kind, '-n', tenant)).toBe(true);
    expect(await canI(user, 'patch', kind, '--subresource=status', '-n', tenant)).toBe(false);
    expect(await canI(user, 'create', kind, '-n', 'default')).toBe(false);
  });
});

/** A kubeconfig that holds the manager's own token and nothing else. */
async function kubeconfigOf(namespace: string): Promise<string> {
  const { kubeconfig } = clusterContext();
  const token = await kubectlOk(['-n', namespace, 'create', 'token', managerName]);
  const raw = await kubectlOk(['config', 'view', '--raw', '--minify', '-o', 'json']);
  const config = JSON.parse(raw) as { users: { user: object }[] };
  for (const entry of config.users) entry.user = { token: token.trim() };
  const file = `${kubeconfig}.${namespace}.json`;
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  onTestFinished(() => rm(file, { force: true }));
  return file;
}
