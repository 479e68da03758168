import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  account,
  evil,
  evilRepository,
  mine,
  oilRepository,
  platformRepository,
  tenantRepository,
} from '../../examples/demo/guide/repositories.ts';
import { threatening, threats } from '../../examples/demo/guide/threats.ts';
import { tenantLabel } from '../../src/access/tenancy/vocabulary.ts';
import { bridgeName } from '../../src/api/install/bridge.ts';
import { kubeconfigCommand } from '../../src/cli/kubeconfig.ts';
import { formatKubeconfig } from '../../src/kube/format-kubeconfig.ts';
import { managerKubeconfig } from '../support/install.ts';
import { cliOf } from '../support/tenantry-cli.ts';
import { home } from '../support/estate-objects.ts';
import { asFile, startEstateProxy, type EstateProxy } from '../support/estate-proxy.ts';
import { eventually } from '../support/eventually.ts';
import { reportOnFailure } from '../support/report-on-failure.ts';
import { seed } from '../support/seed.ts';
import { startWholeEstate, type WholeEstate } from '../support/whole-estate.ts';

/**
 * The guide to Namespaces as a service, from its first step to its last threat, its manifests word for
 * word: a platform admin declares a tenant by Git, the tenant declares its namespaces and what runs in
 * them by its own, through the tenant proxy. A second tenant, set up alike, is hostile.
 */
const lockdown = [
  '--no-cross-namespace-refs=true',
  '--no-remote-bases=true',
  '--default-service-account=gitops-reconciler',
  // The proxy is on this machine.
  '--allow-loopback-clusters',
];
let estate: WholeEstate;
let proxy: EstateProxy;
let tenantry: ReturnType<typeof cliOf>;
const files = new AsyncDisposableStack();
/** Kubeconfigs of the tenants' accounts, through the proxy. */
const through: Record<string, string> = {};

beforeAll(async () => {
  estate = await startWholeEstate(lockdown);
  const { plane } = estate;
  proxy = await startEstateProxy(estate);
  tenantry = cliOf([kubeconfigCommand], ['--kubeconfig', plane.kubeconfig]);
  const { file: ca } = files.use(await asFile(proxy.caPem));
  const flags = ['--components=bridge', `--proxy-url=${proxy.url}`, `--proxy-ca-path=${ca}`];
  await estate.startManager(flags, { kubeconfig: await managerKubeconfig(plane, bridgeName) });
});
afterAll(async () => {
  await proxy?.stop();
  await files.disposeAsync();
  await estate?.[Symbol.asyncDispose]();
});
reportOnFailure(() => estate);

/** The platform admin. */
const admin = (args: readonly string[], input?: string) =>
  estate.kubectl(args, input === undefined ? {} : { input });
/** A tenant's account, through the proxy. */
const as = (tenant: string, args: readonly string[], input?: string) =>
  estate.kubectl(args, {
    kubeconfig: through[tenant] ?? '',
    ...(input !== undefined && { input }),
  });
const lines = ({ stdout }: { stdout: string }) => stdout.split('\n').filter((line) => line !== '');
const ready = (namespace: string, name: string) =>
  estate.settled('Kustomization', { namespace, name }, { ready: 'True' });

describe('the platform admin', () => {
  test('bootstraps a root Kustomization, whose account may do everything', async () => {
    const { git } = estate;
    await git.createRepo('all', tenantRepository);
    await git.createRepo('evil', evilRepository);
    await git.createRepo(
      'platform',
      platformRepository({ mine: git.url('all'), evil: git.url('evil') }),
    );
    for (const args of [
      ['-n', home, 'create', 'serviceaccount', 'kustomize-controller'],
      [
        'create',
        'clusterrolebinding',
        'root',
        '--clusterrole=cluster-admin',
        `--serviceaccount=${home}:kustomize-controller`,
      ],
    ]) {
      expect(await admin(args)).toMatchObject({ code: 0 });
    }
    await estate.apply({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: { name: 'flux-system', namespace: home },
      spec: { url: git.url('platform'), interval: '10m', ref: { branch: 'main' } },
    });
    expect(await admin(['apply', '-f', '-'], seed('platform'))).toMatchObject({ code: 0 });
    await ready(home, 'flux-system');
  });

  test.each([mine, evil])('gives the account of %s its way through the proxy', async (tenant) => {
    const where = ['--namespace', tenant, '--kubeconfig-secret-key', 'kubeconfig'];
    const tls = [
      '--server-tls-secret-namespace',
      home,
      '--server-tls-secret-name',
      'capsule-proxy',
    ];
    const whom = ['--serviceaccount', account, '--expiry', '1h', '--server', proxy.url];
    const { code, err } = await tenantry(['kubeconfig', ...where, ...tls, ...whom]);
    expect([code, err]).toEqual([0, '']);
    through[tenant] = await kubeconfigOf(tenant);
    await estate.request('Kustomization', { namespace: tenant, name: tenant });
    await ready(tenant, tenant);
  });
});

test('an account that is annotated gets its way by itself', async () => {
  await estate.git.createRepo('oil-apps');
  // A GitRepository that names no ref means branch master.
  await estate.git.commit('oil-apps', { write: oilRepository, branch: 'master' });
  const [tenant = ''] = seed('capsule-oil').split('\n---\n');
  const sync = seed('oil', { 'https://github.com/oil/oil-apps': estate.git.url('oil-apps') });
  expect(await admin(['apply', '-f', '-'], tenant)).toMatchObject({ code: 0 });
  expect(await admin(['apply', '-f', '-'], sync)).toMatchObject({ code: 0 });
  await ready('oil-system', 'oil-apps');
  through['oil-system'] = await kubeconfigOf('oil-system');
  const seen = lines(await as('oil-system', ['get', 'namespaces', '-o', 'name']));
  expect(seen).toEqual(['namespace/oil-production']);
});

/** What the account of a tenant has in its Secret, as a file. */
async function kubeconfigOf(tenant: string): Promise<string> {
  const path = 'jsonpath={.data.kubeconfig}';
  const secret = ['get', 'secret', `${account}-kubeconfig`, '-o', path];
  const { stdout } = await admin(['-n', tenant, ...secret]);
  return files.use(await asFile(Buffer.from(stdout, 'base64').toString())).file;
}

describe('the tenant', () => {
  test('has what its repository says: namespaces, what is in them, and a Kustomization below', async () => {
    await ready(mine, 'my-apps');
    const found = await admin(['get', 'namespaces', '-l', `${tenantLabel}=${mine}`, '-o', 'name']);
    expect(lines(found)).toEqual(['namespace/my-tenant-dev', 'namespace/my-tenant-prod']);
    const settings = ['-n', 'my-tenant-dev', 'get', 'cm/settings', '-o', 'jsonpath={.data.value}'];
    expect((await admin(settings)).stdout).toBe('dev');
    const app = ['-n', 'my-tenant-prod', 'get', 'deployment/app', '-o', 'name'];
    expect(await admin(app)).toMatchObject({ code: 0 });
  });

  test('sees its own through the proxy, and nothing else', async () => {
    const seen = lines(await as(mine, ['get', 'namespaces', '-o', 'name']));
    expect(seen).toEqual(['namespace/my-tenant-dev', 'namespace/my-tenant-prod']);
    expect(lines(await as(mine, ['get', 'tenants', '-o', 'name']))).toEqual([
      'tenant.capsule.clastix.io/my-tenant',
    ]);
    expect(lines(await as(mine, ['get', 'deployments', '-A', '-o', 'name']))).toEqual([
      'deployment.apps/app',
    ]);
    expect(lines(await as(mine, ['-n', mine, 'get', 'kustomizations', '-o', 'name']))).toEqual([
      'kustomization.kustomize.toolkit.fluxcd.io/my-apps',
      'kustomization.kustomize.toolkit.fluxcd.io/my-tenant',
    ]);
  });

  test('works in its namespaces by kubectl, and makes and removes one', async () => {
    expect(await as(mine, ['create', 'namespace', 'my-tenant-test'])).toMatchObject({ code: 0 });
    await eventually('its role is there', async () => {
      const asked = ['-n', 'my-tenant-test', 'auth', 'can-i', 'create', 'deployments'];
      return (await as(mine, asked)).stdout.trim() === 'yes';
    });
    const removed = await as(mine, ['delete', 'namespace', 'my-tenant-test', '--wait=false']);
    expect(removed).toMatchObject({ code: 0 });
  });
});

test('what is killed while the proxy is away is missed by nobody, once both are back', async () => {
  const namespace = 'my-tenant-prod';
  const uidOf = (kind: string, name: string) =>
    admin(['-n', namespace, 'get', kind, name, '-o', 'jsonpath={.metadata.uid}']);
  const before = await uidOf('deployment', 'app');
  const port = Number(new URL(proxy.url).port);
  await proxy.kill();
  const later = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'later', namespace } };
  await estate.git.commit('all', { write: { 'config/apps/later.yaml': JSON.stringify(later) } });
  const source = { namespace: mine, name: mine };
  await estate.request('GitRepository', source);
  const message = /does not answer/;
  await estate.settled(
    'Kustomization',
    { namespace: mine, name: 'my-apps' },
    { ready: 'False', message },
  );
  await estate.killDeploying();
  proxy = await startEstateProxy({ ...estate, port });
  await eventually('what came meanwhile is there', async () => {
    return (await uidOf('configmap', 'later')).code === 0;
  });
  await ready(mine, 'my-apps');
  await ready(mine, mine);
  expect(await uidOf('deployment', 'app')).toEqual(before);
});

describe('the hostile tenant', () => {
  test('has what it may have', async () => {
    await ready(evil, evil);
    const seen = lines(await as(evil, ['get', 'namespaces', '-o', 'name']));
    expect(seen).toEqual(['namespace/evil-infra']);
  });

  test.each(threats)('$claim', async (threat) => {
    const { reason, message } = threat;
    const object = threatening(threat);
    const applied = await as(evil, ['apply', '-f', '-'], JSON.stringify(object));
    expect(applied).toMatchObject({ code: 0 });
    const key = { namespace: evil, name: object.metadata.name };
    await estate.settled('Kustomization', key, { ready: 'False', reason, message });
  });

  describe('with a kubeconfig of its own that goes past the proxy', () => {
    const past = 'past-the-proxy';
    beforeAll(async () => {
      const token = ['-n', evil, 'create', 'token', account, '--duration=1h'];
      const { server, caPem } = estate.plane;
      const { stdout } = await as(evil, token);
      const value = formatKubeconfig({ server, ca: caPem, token: stdout.trim() });
      const metadata = { name: past, namespace: evil };
      const secret = { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { value } };
      expect(await as(evil, ['apply', '-f', '-'], JSON.stringify(secret))).toMatchObject({
        code: 0,
      });
    });

    test.each([
      ['escalate', /clusterrolebindings/],
      ['account', /rolebindings/],
      ['system', /Namespace\/flux-system/],
      ['neighbour', /Namespace\/my-tenant-dev/],
      ['workload', /configmaps/],
    ])('it may as little: %s', async (path, message) => {
      const spec = { path: `./${path}`, kubeConfig: { secretRef: { name: past } } };
      const reason = 'ReconciliationFailed';
      const object = threatening({ name: `${past}-${path}`, claim: '', spec, reason, message });
      const applied = await as(evil, ['apply', '-f', '-'], JSON.stringify(object));
      expect(applied).toMatchObject({ code: 0 });
      const key = { namespace: evil, name: object.metadata.name };
      await estate.settled('Kustomization', key, { ready: 'False', reason, message });
    });
  });

  test('a source that it may not use looks like one that does not exist', async () => {
    const told = async (name: string) => {
      const path = 'jsonpath={.status.conditions[?(@.type=="Ready")].message}';
      const args = ['-n', evil, 'get', 'kustomization', `threat-${name}`, '-o', path];
      return (await as(evil, args)).stdout;
    };
    const [there, none] = [await told('source'), await told('no-source')];
    expect(there).toContain('may only use its own sources');
    expect(none).toBe(there);
  });

  test.each([home, mine, 'my-tenant-dev', 'kube-system'])(
    'a Kustomization in %s, where others have accounts',
    async (place) => {
      const manifest = seed('platform').replace(/namespace: .*/, `namespace: ${place}`);
      const { code, stderr } = await as(evil, ['create', '-f', '-'], manifest);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/forbidden|not found/i)]);
    },
  );

  test.each([home, mine, 'my-tenant-dev'])('a label on %s, by kubectl', async (place) => {
    const label = `${tenantLabel}=${evil}`;
    const { code } = await as(evil, ['label', '--overwrite', 'namespace', place, label]);
    expect(code).toBe(1);
  });

  test.each([home, mine, 'my-tenant-dev'])('ownership of %s, by kubectl', async (place) => {
    const uid = (await as(evil, ['get', 'tenant', evil, '-o', 'jsonpath={.metadata.uid}'])).stdout;
    const apiVersion = 'capsule.clastix.io/v1beta2';
    const metadata = { ownerReferences: [{ apiVersion, kind: 'Tenant', name: evil, uid }] };
    const whole = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: place, ...metadata } };
    const patch = ['patch', 'namespace', place, '--type=merge', '-p', JSON.stringify({ metadata })];
    const applied = ['apply', '--server-side', '--force-conflicts', '-f', '-'];
    const user = `system:serviceaccount:${evil}:${account}`;
    for (const [args, input] of [[patch], [applied, JSON.stringify(whole)]] as const) {
      const past = await estate.kubectl(args, { as: user, ...(input !== undefined && { input }) });
      expect([args, (await as(evil, args, input)).code, past.code]).toEqual([args, 1, 1]);
    }
    const found = await admin(['get', 'namespace', place, '-o', 'jsonpath={.metadata}']);
    expect(found.stdout).not.toContain(uid);
  });

  test('asking what is not its, through the proxy and past it', async () => {
    for (const args of [
      ['get', 'namespace', 'my-tenant-dev'],
      ['get', 'tenant', mine],
      ['-n', mine, 'get', 'secrets'],
      ['-n', 'my-tenant-dev', 'get', 'configmaps'],
      ['get', 'nodes'],
      ['get', 'clusterroles'],
    ]) {
      const { code, stdout, stderr } = await as(evil, args);
      expect([args, code, stdout]).toEqual([args, 1, '']);
      if (args[0] === 'get' && args.length === 3) expect(stderr).toContain('(NotFound)');
    }
    const everywhere = await as(evil, ['get', 'configmaps,serviceaccounts', '-A', '-o', 'name']);
    expect(everywhere.stdout).not.toContain('settings');
    const user = `system:serviceaccount:${evil}:${account}`;
    const past = await estate.kubectl(['get', 'namespaces'], { as: user });
    expect([past.code, past.stdout]).toEqual([1, '']);
  });

  test('nothing of it came to be, and the neighbour has what it had', async () => {
    const none = [
      ['get', 'clusterrolebinding', 'evil'],
      ['-n', home, 'get', 'rolebinding', 'evil'],
      ['-n', 'my-tenant-dev', 'get', 'configmap', 'evil'],
    ];
    for (const args of none) expect((await admin(args)).stderr).toContain('NotFound');
    const path = `jsonpath={.metadata.labels.${tenantLabel.replaceAll('.', '\\.')}}`;
    const label = async (name: string) =>
      (await admin(['get', 'namespace', name, '-o', path])).stdout;
    expect([await label(home), await label('my-tenant-dev')]).toEqual(['', mine]);
    await ready(mine, mine);
    await ready(mine, 'my-apps');
  });
});
