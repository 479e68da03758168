import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildCommand } from '../../src/apps/diff/build-command.ts';
import type { PlannedChange } from '../../src/apps/diff/change.ts';
import { diffCommand, type Plan } from '../../src/apps/diff/diff-command.ts';
import { Kustomization } from '../../src/api/kustomize/kustomization.ts';
import { serviceAccountIdentity, userIdentity } from '../../src/kube/identity.ts';
import type { JsonValue, KubeObject } from '../../src/kube/object.ts';
import { configMap, home, kustomization, tenantObjects } from '../support/estate-objects.ts';
import { configMaps, startEstate, type Estate } from '../support/estate.ts';
import { reportOnFailure } from '../support/report-on-failure.ts';
import { cliOf } from '../support/tenantry-cli.ts';
import { untilAllowed } from '../support/until-allowed.ts';

/** The plan of a directory, against a real API server. */
const tenant = 'planner';
const neighbour = 'stranger';
const apps = { namespace: tenant, name: 'apps' };
const account = `system:serviceaccount:${tenant}:gitops-reconciler`;
const password = 'correct-horse-battery';

let estate: Estate;
let tenantry: ReturnType<typeof cliOf>;
beforeAll(async () => {
  estate = await startEstate({ tenants: [tenant] });
  tenantry = cliOf([diffCommand, buildCommand], ['--kubeconfig', estate.plane.kubeconfig]);
  await estate.apply(...tenantObjects(neighbour));
  await estate.startManager();
  await estate.git.commit('fleet', {
    write: {
      [`${tenant}/first.yaml`]: configMap('first', 'one'),
      [`${tenant}/second.yaml`]: configMap('second', 'one'),
    },
  });
  await estate.deploy(tenant);
  await estate.request();
  await estate.equalsGit({ [tenant]: 2 });
});
afterAll(() => estate?.[Symbol.asyncDispose]());
reportOnFailure(() => estate);

/** A working copy, in which the tenant's directory is `planner`. */
let copy: string;
beforeEach(async () => {
  copy = await mkdtemp(path.join(tmpdir(), 'plan-'));
  await write('first.yaml', configMap('first', 'one'));
  await write('second.yaml', configMap('second', 'one'));
});
afterEach(() => rm(copy, { recursive: true }));

async function write(name: string, text: string): Promise<void> {
  const file = path.join(copy, tenant, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
}
const manifest = (object: KubeObject) => JSON.stringify(object);
const diff = (...argv: string[]) =>
  tenantry(['diff', 'ks/apps', '-n', tenant, '--path', path.join(copy, tenant), ...argv]);
async function plan(...argv: string[]): Promise<Plan & { code: number }> {
  const { code, out, err } = await diff('-o', 'json', ...argv);
  expect(err).not.toContain('✗');
  return { ...(JSON.parse(out) as Plan), code };
}
const actions = (changes: readonly PlannedChange[]) =>
  Object.fromEntries(changes.map(({ kind, name, action }) => [`${kind}/${name}`, action]));
const aboutSource = ({ access }: Plan) => access.find(({ about }) => about === 'source');

describe('the plan', () => {
  test('of what is applied is empty, and made as the tenant', async () => {
    const { code, out, err } = await diff();
    expect([code, err.includes('✗')]).toEqual([0, false]);
    expect(out).toContain(`Kustomization ${tenant}/apps, tried as ${account}\n`);
    expect(out).toMatch(/source +allowed +GitRepository 'flux-system\/fleet' is granted/);
    expect(out.endsWith('2 unchanged\n')).toBe(true);
  });

  test('shows what would be made, changed and deleted, and does none of it', async () => {
    const before = await estate.admin.list(configMaps, { namespace: tenant });
    await write('first.yaml', configMap('first', 'two'));
    await write('third.yaml', configMap('third', 'one'));
    await rm(path.join(copy, tenant, 'second.yaml'));
    const { code, out } = await diff();
    expect(code).toBe(1);
    expect(out).toContain(`► ConfigMap/${tenant}/first configured\n--- cluster/`);
    expect(out).toContain('-  value: one\n+  value: two\n');
    expect(out).toContain(`► ConfigMap/${tenant}/third created\n`);
    expect(out).toContain(`► ConfigMap/${tenant}/second deleted\n`);
    expect(out).toContain('1 created, 1 configured, 1 deleted\n');
    const after = await estate.admin.list(configMaps, { namespace: tenant });
    expect(after.items).toEqual(before.items);
  });

  test('goes on after what fails, and says why of each', async () => {
    const meta = { metadata: { name: 'x' } };
    await write('role.yaml', manifest({ apiVersion: 'v1', kind: 'Node', ...meta }));
    await write('kind.yaml', manifest({ apiVersion: 'none.invalid/v1', kind: 'None', ...meta }));
    await write(
      'misfit.yaml',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: misfit}\ndata: 7\n',
    );
    await write('third.yaml', configMap('third', 'one'));
    const { code, changes } = await plan();
    expect(code).toBe(2);
    expect(actions(changes)).toEqual({
      'Node/x': 'failed',
      'None/x': 'failed',
      'ConfigMap/misfit': 'failed',
      'ConfigMap/third': 'created',
      'ConfigMap/first': 'unchanged',
      'ConfigMap/second': 'unchanged',
    });
    const messageOf = (name: string) => changes.find(({ kind }) => kind === name)?.message;
    expect(messageOf('None')).toContain('install its CRD first');
    expect(messageOf('Node')).toContain('may not');
  });

  test('of what another Kustomization holds fails, as applying it would', async () => {
    const other = { namespace: tenant, name: 'other' };
    await estate.push({ write: { 'other/held.yaml': configMap('held', 'mine') } });
    await estate.apply(kustomization(other, { path: './other' }));
    const revision = await estate.tip();
    await estate.settled('Kustomization', other, { ready: 'True', revision });
    await write('held.yaml', configMap('held', 'yours'));
    const { code, changes } = await plan();
    expect(code).toBe(2);
    const held = changes.find(({ name }) => name === 'held');
    expect(held).toMatchObject({
      action: 'failed',
      message: expect.stringContaining("'planner/other'"),
    });
    await estate.kubectl(['-n', tenant, 'delete', 'ks/other', '--timeout=240s']);
  });

  test('of a build that cannot be is no plan', async () => {
    await write('kustomization.yaml', 'resources: [https://example.invalid/base]\n');
    const { code, out, err } = await diff();
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/✗ .*remote/);
  });

  test('of a Kustomization that is only a file', async () => {
    const file = path.join(copy, 'new.yaml');
    await writeFile(file, manifest(kustomization({ namespace: tenant, name: 'new' })));
    const argv = ['diff', 'kustomization', 'new', '-n', tenant, '--path', path.join(copy, tenant)];
    const absent = await tenantry(argv);
    expect([absent.code, absent.err]).toEqual([2, expect.stringContaining('new not found')]);
    const { code, out } = await tenantry([...argv, '--kustomization-file', file]);
    // Both objects are held by `apps`.
    expect(code).toBe(2);
    expect(out).toContain("is managed by Kustomization 'planner/apps' as well as by 'planner/new'");
  });
});

describe('Secrets', () => {
  const secret = (value: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'login' },
    stringData: { password: value },
  });
  const everywhere = ({ out, err }: { out: string; err: string }) => {
    for (const form of [password, Buffer.from(password).toString('base64')]) {
      expect(out + err).not.toContain(form);
    }
  };

  test('in manifests are shown by their keys alone', async () => {
    await write('login.yaml', manifest(secret(password)));
    for (const format of ['text', 'json']) {
      const result = await diff('-o', format);
      expect(result.code).toBe(1);
      expect(result.out).toContain('password: ');
      everywhere(result);
    }
  });

  test('that are encrypted, and not to be decrypted, end the plan without a value', async () => {
    const sops = { mac: 'ENC[x]', lastmodified: '2026-01-01T00:00:00Z', version: '3.9.0' };
    const encrypted = { ...secret('ENC[AES256_GCM,data:Zm9v,iv:,tag:,type:str]'), sops };
    await write('login.yaml', manifest(encrypted));
    const { code, out, err } = await diff();
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/✗ .*encrypted with SOPS: set spec\.decryption/);
    expect(err).not.toContain('Zm9v');
  });

  test('that variables come from are read as the tenant, and never shown', async () => {
    await estate.apply({ ...secret(password), metadata: { name: 'vars', namespace: tenant } });
    const postBuild = { substituteFrom: [{ kind: 'Secret', name: 'vars' }] };
    await estate.deploy(tenant, { postBuild });
    await write('first.yaml', configMap('first', 'user:${password}'));
    const result = await diff();
    expect(result.code).toBe(1);
    expect(result.out).toContain('+  value: user:***');
    everywhere(result);
    const built = await tenantry([
      'build',
      'kustomization',
      'apps',
      '-n',
      tenant,
      '--path',
      path.join(copy, tenant),
    ]);
    expect([built.code, built.out]).toEqual([0, expect.stringContaining('value: user:***')]);
    everywhere(built);
    await estate.deploy(tenant, {});
  });
});

describe('access', () => {
  test("as the tenant's own account, which may not read the shared source", async () => {
    const made = await plan('--as', account);
    expect(made).toMatchObject({ code: 0, as: account });
    expect(made.instead).toBeUndefined();
    expect(aboutSource(made)).toMatchObject({ verdict: 'unknown' });
  });

  test('as one who may not become the tenant: as themselves, and it is said', async () => {
    const subject = { kind: 'User', name: 'ada', apiGroup: 'rbac.authorization.k8s.io' };
    await estate.apply({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { namespace: tenant, name: 'ada' },
      subjects: [subject],
      roleRef: { apiGroup: subject.apiGroup, kind: 'ClusterRole', name: 'view' },
    });
    const reading = { group: 'kustomize.toolkit.fluxcd.io', resource: 'kustomizations' };
    await untilAllowed(estate.admin, userIdentity('ada'), {
      verb: 'get',
      namespace: tenant,
      ...reading,
    });
    await write('first.yaml', configMap('first', 'two'));
    const { code, out } = await diff('--as', 'ada');
    expect(code).toBe(2);
    expect(out).toContain(`tried as ada, not as ${account}`);
    expect(out).toMatch(/✗ ConfigMap\/planner\/first: .*may not patch configmaps/);
  });

  test('a neighbour is refused, whether or not there is such a Kustomization', async () => {
    const who = ['--as', `system:serviceaccount:${neighbour}:gitops-reconciler`];
    const there = await diff(...who);
    expect([there.code, there.out]).toEqual([2, '']);
    expect(there.err).toContain(`may not get kustomizations.kustomize.toolkit.fluxcd.io`);
    const argv = ['diff', 'ks/none', '-n', tenant, '--path', path.join(copy, tenant), ...who];
    expect(await tenantry(argv)).toEqual(there);
  });

  test('a source that is not granted is denied in the words of the controller', async () => {
    const file = path.join(copy, 'theirs.yaml');
    await writeFile(file, manifest(kustomization({ namespace: neighbour, name: 'theirs' })));
    const { code, out } = await tenantry([
      'diff',
      'ks/theirs',
      '-n',
      neighbour,
      '--path',
      path.join(copy, tenant),
      '--kustomization-file',
      file,
      '-o',
      'json',
    ]);
    const made = JSON.parse(out) as Plan;
    expect(code).toBe(2);
    expect(aboutSource(made)).toMatchObject({
      verdict: 'denied',
      message: expect.stringContaining(`namespace '${neighbour}' has no access to the source`),
    });
    expect(actions(made.changes)).toEqual({
      'ConfigMap/first': 'created',
      'ConfigMap/second': 'created',
    });
  });

  test('an account that does not exist, and a dependency that is not there', async () => {
    const file = path.join(copy, 'new.yaml');
    const spec = { serviceAccountName: 'nobody', dependsOn: [{ name: 'base' }] };
    await writeFile(file, manifest(kustomization(apps, spec)));
    const { code, access } = await plan('--kustomization-file', file);
    expect(code).toBe(2);
    expect(access).toContainEqual(expect.objectContaining({ about: 'account', verdict: 'denied' }));
    expect(access).toContainEqual(
      expect.objectContaining({ about: 'dependencies', verdict: 'waiting' }),
    );
  });
});

test('what spec.ignore leaves to others is not planned', async () => {
  const ignore = (rules: JsonValue) =>
    estate.admin.patch(Kustomization.type, apps, { type: 'merge', body: { spec: { ignore: rules } } }); // prettier-ignore
  await write('first.yaml', configMap('first', 'two'));
  await ignore([{ paths: ['/data/value'], target: { name: 'first' } }]);
  try {
    expect(actions((await plan()).changes)).toEqual({
      'ConfigMap/first': 'unchanged',
      'ConfigMap/second': 'unchanged',
    });
  } finally {
    await ignore(null);
  }
  expect(actions((await plan()).changes)['ConfigMap/first']).toBe('configured');
});

test('a namespace that the build makes itself is no reason to fail', async () => {
  const admin = {
    apiGroup: 'rbac.authorization.k8s.io',
    kind: 'ClusterRole',
    name: 'cluster-admin',
  };
  await estate.apply(
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: home, name: 'platform' } },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'platform' },
      subjects: [{ kind: 'ServiceAccount', namespace: home, name: 'platform' }],
      roleRef: admin,
    },
  );
  const making = { verb: 'create', resource: 'namespaces' };
  await untilAllowed(estate.admin, serviceAccountIdentity(home, 'platform'), making);
  const { targetNamespace: _none, ...spec } = kustomization({ namespace: home, name: 'x' })[
    'spec'
  ] as Record<string, unknown>;
  const file = path.join(copy, 'platform.yaml');
  const object = kustomization({ namespace: home, name: 'platform' });
  await writeFile(file, manifest({ ...object, spec: { ...spec, serviceAccountName: 'platform' } }));
  await mkdir(path.join(copy, 'platform'));
  const made = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'made-here' } };
  const inside = { ...made, kind: 'ConfigMap', metadata: { name: 'c', namespace: 'made-here' } };
  await writeFile(
    path.join(copy, 'platform/all.yaml'),
    `${manifest(made)}\n---\n${manifest(inside)}\n`,
  );
  const { code, out } = await tenantry([
    'diff',
    'ks/platform',
    '-n',
    home,
    '--path',
    path.join(copy, 'platform'),
    '--kustomization-file',
    file,
  ]);
  expect(code).toBe(1);
  expect(out).toContain('► ConfigMap/made-here/c created: not tried: its place is made here');
  expect(out).toContain('2 created\n');
});
