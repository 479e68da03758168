import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configMap, gitRepository, kustomization } from '../support/estate-objects.ts';
import { startEstateProxy, type EstateProxy } from '../support/estate-proxy.ts';
import { eventually } from '../support/eventually.ts';
import { runTool } from '../support/run-tool.ts';
import { startWholeEstate, type WholeEstate } from '../support/whole-estate.ts';

/**
 * The real helm and flux through the proxy, as the owner of a tenant and as its neighbour. They take
 * minutes to build: `TENANTRY_TOOLS` names a folder that holds them (docs/see-your-tenant.md).
 */
const tools = process.env['TENANTRY_TOOLS'] ?? '';
let estate: WholeEstate;
let proxy: EstateProxy;
let folder: string;
const files: Record<string, string> = {};

/** A tenant of an account that deploys it, with a namespace; the account's kubeconfig leads to the proxy. */
async function tenant(name: string) {
  const account = `system:serviceaccount:${name}-system:owner`;
  await estate.kubectl(['create', 'namespace', `${name}-system`]);
  await estate.kubectl(['-n', `${name}-system`, 'create', 'serviceaccount', 'owner']);
  await estate.apply({
    apiVersion: 'capsule.clastix.io/v1beta2',
    kind: 'Tenant',
    metadata: { name },
    spec: { owners: [{ kind: 'ServiceAccount', name: account }] },
  });
  await estate.kubectl(['wait', `tenant/${name}`, '--for=condition=Ready', '--timeout=240s']);
  const created = await estate.kubectl(['-n', `${name}-system`, 'create', 'token', 'owner']);
  const file = path.join(folder, `${name}.yaml`);
  files[name] = file;
  await writeFile(file, proxy.kubeconfig(created.stdout.trim()), { mode: 0o600 });
  await eventually('the owner makes a namespace', async () => {
    const { code } = await estate.kubectl(['create', 'namespace', `${name}-apps`], {
      kubeconfig: file,
    });
    return code === 0;
  });
  await eventually('the owner may work there', async () => {
    const asked = ['-n', `${name}-apps`, 'auth', 'can-i', 'create', 'deployments'];
    return (await estate.kubectl(asked, { kubeconfig: file })).code === 0;
  });
}

const run = (tool: string) => async (who: string, args: readonly string[]) => {
  const file = path.join(tools, tool);
  return await runTool(file, [...args, `--kubeconfig=${files[who]}`], folder);
};
const [helm, flux] = [run('helm'), run('flux')];

describe.runIf(tools !== '')('through the proxy', () => {
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tenantry-tools-'));
    estate = await startWholeEstate();
    proxy = await startEstateProxy(estate);
    const accounts = ['oil', 'gas'].map((name) => `system:serviceaccounts:${name}-system`);
    const spec = { userGroups: ['projectcapsule.dev', ...accounts] };
    const patch = ['--type=merge', '-p', JSON.stringify({ spec })];
    await estate.kubectl(['patch', 'capsuleconfiguration', 'default', ...patch]);
    await tenant('oil');
    await tenant('gas');
    await estate.git.createRepo('oil', { 'apps/settings.yaml': configMap('settings', 'first') });
    await estate.kubectl(['-n', 'oil-apps', 'create', 'serviceaccount', 'deployer']);
    const bind = ['--clusterrole=admin', '--serviceaccount=oil-apps:deployer'];
    await estate.kubectl(['-n', 'oil-apps', 'create', 'rolebinding', 'deployer', ...bind]);
    const input = JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [
        gitRepository({ namespace: 'oil-apps', name: 'apps' }, { url: estate.git.url('oil') }),
        kustomization(
          { namespace: 'oil-apps', name: 'apps' },
          {
            path: './apps',
            serviceAccountName: 'deployer',
            sourceRef: { kind: 'GitRepository', name: 'apps' },
          },
        ),
      ],
    });
    const applied = await estate.kubectl(['apply', '-f', '-'], {
      input,
      kubeconfig: files['oil'] ?? '',
    });
    expect(applied).toMatchObject({ code: 0 });
    await estate.settled(
      'Kustomization',
      { namespace: 'oil-apps', name: 'apps' },
      { ready: 'True' },
    );
  });
  afterAll(async () => {
    await proxy?.stop();
    await estate?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test('helm installs, upgrades, rolls back, lists and uninstalls', async () => {
    const chart = path.join(folder, 'web');
    expect((await helm('oil', ['create', chart])).code).toBe(0);
    const n = ['-n', 'oil-apps'];
    for (const [args, said] of [
      [['install', 'web', chart, ...n], 'STATUS: deployed'],
      [['list', ...n], 'web-0.1.0'],
      [['list', '-A'], 'web-0.1.0'],
      [['upgrade', 'web', chart, ...n, '--set', 'replicaCount=2'], 'REVISION: 2'],
      [['history', 'web', ...n], 'Upgrade complete'],
      [['rollback', 'web', '1', ...n], 'Rollback was a success'],
      [['status', 'web', ...n], 'REVISION: 3'],
      [['get', 'manifest', 'web', ...n], 'kind: Deployment'],
      [['uninstall', 'web', ...n], 'release "web" uninstalled'],
      [['install', 'lookup', chart, ...n, '--dry-run=server'], 'STATUS: pending-install'],
    ] as const) {
      const { stdout, stderr, code } = await helm('oil', args);
      expect([args.join(' '), code, stderr]).toEqual([args.join(' '), 0, expect.anything()]);
      expect(stdout).toContain(said);
    }
  });

  test("helm shows a neighbour nothing, and changes nothing of another's", async () => {
    const chart = path.join(folder, 'web');
    expect((await helm('oil', ['install', 'mine', chart, '-n', 'oil-apps'])).code).toBe(0);
    const all = await helm('gas', ['list', '-A']);
    expect([all.code, all.stdout.includes('mine')]).toEqual([0, false]);
    for (const args of [
      ['status', 'mine', '-n', 'oil-apps'],
      ['install', 'theirs', chart, '-n', 'oil-apps'],
      ['uninstall', 'mine', '-n', 'oil-apps'],
    ]) {
      const { code, stderr } = await helm('gas', args);
      expect([args[0], code, stderr]).toEqual([args[0], 1, expect.stringMatching(/forbidden/)]);
    }
  });

  test('flux gets, reconciles, suspends, resumes, exports and traces', async () => {
    const n = ['-n', 'oil-apps'];
    for (const [args, said] of [
      [['get', 'all', ...n], 'gitrepository/apps'],
      [['get', 'kustomizations', '-A'], 'oil-apps'],
      [['get', 'sources', 'git', '-A'], 'oil-apps'],
      [['reconcile', 'source', 'git', 'apps', ...n], ''],
      [['reconcile', 'kustomization', 'apps', '--with-source', ...n], ''],
      [['suspend', 'kustomization', 'apps', ...n], ''],
      [['resume', 'kustomization', 'apps', ...n], ''],
      [['tree', 'kustomization', 'apps', ...n], 'ConfigMap/oil-apps/settings'],
      [['trace', 'configmap', 'settings', ...n], 'Kustomization'],
      [['export', 'source', 'git', 'apps', ...n], 'kind: GitRepository'],
      [['export', 'kustomization', '--all', ...n], 'kind: Kustomization'],
      [['events', ...n], 'Kustomization/apps'],
      [['events', '-A'], 'Kustomization/apps'],
      [['stats', '-A'], 'GitRepository'],
    ] as const) {
      const { stdout, stderr, code } = await flux('oil', args);
      expect([args.join(' '), code, stderr]).toEqual([args.join(' '), 0, expect.anything()]);
      expect(stdout).toContain(said);
    }
  });

  test("flux shows a neighbour nothing, and reconciles nothing of another's", async () => {
    for (const args of [
      ['get', 'kustomizations', '-A'],
      ['get', 'sources', 'git', '-A'],
    ]) {
      expect((await flux('gas', args)).stdout).not.toContain('oil');
    }
    for (const args of [
      ['get', 'kustomizations'],
      ['reconcile', 'kustomization', 'apps'],
      ['suspend', 'kustomization', 'apps'],
    ]) {
      // Its exit code is 0 where it could not suspend.
      expect((await flux('gas', [...args, '-n', 'oil-apps'])).stderr).toMatch(/forbidden/);
    }
  });
});
