import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bindingHash } from '../../src/access/tenancy/role-binding-name.ts';
import { capsuleKinds } from '../../src/api/capsule/kinds.ts';
import { customResourceDefinition } from '../../src/api/crd/custom-resource-definition.ts';
import { tenancyName, tenancyRbac } from '../../src/api/install/tenancy.ts';
import { defaultInstallOptions } from '../../src/api/install/options.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { bringKinds } from '../support/bring-kinds.ts';
import { configMap } from '../support/estate-objects.ts';
import {
  applyAll,
  eventually,
  managerKubeconfig,
  startEstate,
  type Estate,
} from '../support/estate.ts';
import { isMissing } from '../support/object-getter.ts';

/**
 * Beside the real thing. First a cluster that Capsule runs on (its kinds, a Tenant with what Capsule
 * keeps for it, its webhooks, none of which answers): our GitOps deploys there and touches nothing of
 * it. Then Capsule is gone and our tenancy takes over; Kustomizations are Flux's from then on.
 */
const oil = 'oil';
const apps = 'oil-apps';
const owner = { kind: 'User', name: 'alice', apiGroup: 'rbac.authorization.k8s.io' };
const hash = bindingHash({ clusterRoleName: 'admin', subjects: [owner] });
let estate: Estate;
let tenantUid: string;

const ok = async (...args: string[]) => {
  const { code, stdout, stderr } = await estate.kubectl(args);
  if (code !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  return stdout;
};
const get: Estate['get'] = (...words) => estate.get(...words);
const isGone = (...words: string[]) => isMissing(get(...words));
const merge = (body: object) => ['--type=merge', '-p', JSON.stringify(body)];

/** What Capsule leaves in a cluster, by its own field manager. */
async function installCapsule() {
  await bringKinds(capsuleKinds.map(customResourceDefinition), { cluster: estate.plane });
  estate.admin.discovery.invalidate();
  await applyAll(estate.admin, [
    {
      apiVersion: 'capsule.clastix.io/v1beta2',
      kind: 'Tenant',
      metadata: { name: oil, finalizers: ['controller.projectcapsule.dev/finalize'] },
      spec: { owners: [{ kind: 'User', name: owner.name, clusterRoles: ['admin'] }] },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'capsule-validating-webhook-configuration' },
      webhooks: [
        {
          name: 'namespaces.validating.projectcapsule.dev',
          clientConfig: { url: 'https://127.0.0.1:1/namespaces/validating' },
          rules: [
            { apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['namespaces'] },
          ],
          failurePolicy: 'Ignore',
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
          timeoutSeconds: 1,
        },
      ],
    },
  ]);
  tenantUid = (await get('tenant', oil)).metadata.uid ?? '';
  const reference = { apiVersion: 'capsule.clastix.io/v1beta2', kind: 'Tenant', name: oil };
  const body = {
    metadata: {
      labels: { 'capsule.clastix.io/tenant': oil },
      ownerReferences: [{ ...reference, uid: tenantUid }],
    },
  };
  await ok('patch', 'namespace', apps, '--field-manager=capsule', ...merge(body));
  await applyAll(estate.admin, [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: {
        name: `capsule:managed:${hash}`,
        namespace: apps,
        labels: {
          'capsule.clastix.io/tenant': oil,
          'projectcapsule.dev/tenant': oil,
          'projectcapsule.dev/managed-by': 'controller',
          'capsule.clastix.io/role-binding': hash,
        },
        ownerReferences: [{ ...reference, uid: tenantUid, controller: true }],
      },
      roleRef: { apiGroup: owner.apiGroup, kind: 'ClusterRole', name: 'admin' },
      subjects: [owner],
    },
  ]);
}

const ofCapsule = [
  ['tenant', oil],
  ['namespace', apps],
  ['-n', apps, 'rolebinding', `capsule:managed:${hash}`],
  ['validatingwebhookconfiguration', 'capsule-validating-webhook-configuration'],
  ['crd', 'tenants.capsule.clastix.io'],
] as const;
/** Objects without what the API server's own controllers write meanwhile. */
const states = () => Promise.all(ofCapsule.map((args) => get(...args)));
const managers = (objects: readonly KubeObject[]) =>
  objects.flatMap(({ metadata }) => metadata.managedFields?.map(({ manager }) => manager) ?? []);

beforeAll(async () => {
  estate = await startEstate({ tenants: [apps] });
  await installCapsule();
});
afterAll(() => estate?.[Symbol.asyncDispose]());

describe('where Capsule runs', () => {
  test('our GitOps deploys into its tenants and writes nothing that is its', async () => {
    const before = await states();
    const manager = await estate.startManager(['--components=source,kustomize']);
    await estate.deploy(apps);
    await estate.push({ write: { [`${apps}/settings.yaml`]: configMap('settings', '1') } });
    await estate.equalsGit({ [apps]: 1 });
    const after = await states();
    expect(after.map(({ metadata }) => metadata.resourceVersion)).toEqual(
      before.map(({ metadata }) => metadata.resourceVersion),
    );
    expect(managers(after).some((name) => /tenantry|projectcapsule\.dev/.test(name))).toBe(false);
    await manager.stop();
  });
});

describe('where Flux runs', () => {
  test('our tenancy takes over from Capsule what it kept, and keeps it', async () => {
    const options = { ...defaultInstallOptions, tenancy: true };
    await applyAll(estate.admin, tenancyRbac(options));
    const kubeconfig = await managerKubeconfig(estate.plane, tenancyName);
    await estate.startManager(['--components=tenancy', '--webhook-port=0'], { kubeconfig });
    await eventually('the tenant is ours', async () => {
      const { status } = await get('tenant', oil);
      return JSON.stringify(status).includes('"Succeeded"');
    });
    const tenant = await get('tenant', oil);
    expect(tenant.metadata.uid).toBe(tenantUid);
    expect(tenant.metadata.finalizers).toEqual(['controller.projectcapsule.dev/finalize']);
    const binding = await eventually('the binding is kept, without the old label', async () => {
      const found = await get('-n', apps, 'rolebinding', `capsule:managed:${hash}`);
      return !('capsule.clastix.io/tenant' in (found.metadata.labels ?? {})) && found;
    });
    expect(binding.metadata.ownerReferences?.map(({ uid }) => uid)).toEqual([tenantUid]);
    const { metadata } = await get('namespace', apps);
    expect(metadata.ownerReferences?.map(({ uid }) => uid)).toEqual([tenantUid]);
  });

  test("Flux's objects are its own: but for the tenant's labels nothing is written to them, no finalizer is taken off", async () => {
    const app = ['-n', apps, 'kustomization', 'apps'];
    const before = await eventually('it is labelled, as all that is in the namespace', async () => {
      const found = await get(...app);
      return found.metadata.labels?.['capsule.clastix.io/managed-by'] === oil && found;
    });
    expect(before.metadata.finalizers).toHaveLength(1);
    await ok('patch', 'tenant', oil, ...merge({ spec: { nodeSelector: { pool: 'oil' } } }));
    await eventually('the namespace follows the tenant', async () => {
      const { metadata } = await get('namespace', apps);
      return metadata.annotations?.['scheduler.alpha.kubernetes.io/node-selector'] === 'pool=oil';
    });
    expect((await get(...app)).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });

  test('a Tenant that is deleted waits for Flux, says so, and goes on when Flux is done', async () => {
    await ok('delete', 'tenant', oil, '--wait=false');
    await eventually('it says what it waits for', async () => {
      const { status } = await get('tenant', oil);
      const [finalizer = ''] = (await get('-n', apps, 'kustomization', 'apps')).metadata
        .finalizers ?? [''];
      return JSON.stringify(status).includes(
        `waiting for what deploys: Kustomization ${apps}/apps (finalizers: ${finalizer})`,
      );
    });
    const namespace = await get('namespace', apps);
    expect(namespace.metadata.deletionTimestamp).toBe(undefined);
    // Flux has taken away what it deployed.
    const done = merge({ metadata: { finalizers: null } });
    await ok('-n', apps, 'patch', 'kustomization', 'apps', ...done);
    await eventually('the tenant is gone', () => isGone('tenant', oil));
    expect(await isGone('namespace', apps)).toBe(true);
    const webhooks = ['validatingwebhookconfiguration', 'capsule-validating-webhook-configuration'];
    expect(await isGone(...webhooks)).toBe(false);
  });
});
