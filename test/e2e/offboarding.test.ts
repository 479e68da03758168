import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { tenancyName } from '../../src/api/install/tenancy.ts';
import { configMap, home } from '../support/estate-objects.ts';
import { eventually, managerKubeconfig, startEstate, type Estate } from '../support/estate.ts';
import { isMissing } from '../support/object-getter.ts';
import { reportOnFailure } from '../support/report-on-failure.ts';

/**
 * Tenants end by themselves, with what deploys in them, or say what they wait for. Both managers run
 * as accounts of the exported installation, with its rights and no others.
 */
const tenants = ['off-a', 'off-b', 'off-c'];
const elsewhere = 'off-elsewhere';
let estate: Estate;

beforeAll(async () => {
  estate = await startEstate({ tenants, installed: { tenancy: true } });
  const kubeconfig = await managerKubeconfig(estate.plane, tenancyName);
  await Promise.all([
    estate.startManager(['--components=source,kustomize']),
    estate.startManager(['--components=tenancy', '--webhook-port=0'], { kubeconfig }),
  ]);
  await ok('create', 'namespace', elsewhere);
  for (const name of tenants) {
    await tenant(name);
    await eventually(`${name} is a tenant's`, async () => {
      await ok('label', '--overwrite', 'namespace', name, `capsule.clastix.io/tenant=${name}`);
      const { metadata } = await get('namespace', name);
      return metadata.ownerReferences?.[0]?.name === name;
    });
    await allowElsewhere(name);
  }
  const files = tenants.map((name) => [`${name}/settings.yaml`, configMap(name, '1')]);
  await estate.push({ write: Object.fromEntries(files) as Record<string, string> });
});
afterAll(() => estate?.[Symbol.asyncDispose]());
reportOnFailure(() => estate);

interface Found {
  metadata: {
    labels?: Record<string, string>;
    ownerReferences?: { name: string }[];
    deletionTimestamp?: string;
  };
  status?: { conditions?: { type: string; message: string }[]; spaces?: unknown[] };
}
const run = (...args: string[]) => estate.kubectl(args);
async function ok(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...args);
  if (code !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  return stdout;
}
const get = async (...words: string[]) => (await estate.get(...words)) as Found;
const isGone = (...words: string[]) => isMissing(estate.get(...words));

const tenant = (name: string) =>
  estate.apply({
    apiVersion: 'capsule.clastix.io/v1beta2',
    kind: 'Tenant',
    metadata: { name },
    spec: { owners: [{ kind: 'User', name: `${name}-owner` }] },
  });

/** The tenant's account may deploy to a namespace that is not the tenant's. */
const allowElsewhere = (name: string) =>
  estate.apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name, namespace: elsewhere },
    subjects: [{ kind: 'ServiceAccount', name: 'gitops-reconciler', namespace: name }],
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
  });

async function deployElsewhere(name: string) {
  await estate.deploy(name, { targetNamespace: elsewhere });
  await eventually('it is deployed', async () => !(await isGone('-n', elsewhere, 'cm', name)));
  await eventually('the namespace keeps its accounts', async () => {
    const { metadata } = await get('namespace', name);
    return metadata.labels?.['tenantry.dev/holds-identities'] === 'true';
  });
}

/** Held by somebody who does not answer. */
const stuck = (namespace: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'stuck', namespace, finalizers: ['example.com/hold'] },
});

test('a namespace that is deleted keeps accounts until what deploys by them has taken it away', async () => {
  const [name = ''] = tenants;
  await deployElsewhere(name);
  await ok('delete', 'namespace', name, '--timeout=240s');
  await eventually('nothing is left elsewhere', () => isGone('-n', elsewhere, 'cm', name));
});

test('a Tenant that is deleted takes away what it deployed elsewhere, and ends by itself', async () => {
  const name = tenants[1]!;
  await deployElsewhere(name);
  await ok('delete', 'tenant', name, '--timeout=240s');
  expect(await isGone('namespace', name)).toBe(true);
  await eventually('nothing is left elsewhere', () => isGone('-n', elsewhere, 'cm', name));
});

describe('a Tenant whose namespace cannot end', () => {
  const name = tenants[2]!;
  beforeEach(() => estate.apply(stuck(name)).catch(() => {}));

  test('says what it waits for, by kind, name and finalizer, and ends when that is gone', async () => {
    await ok('delete', 'tenant', name, '--wait=false');
    const told = await eventually('it says so', async () => {
      const { status } = await get('tenant', name);
      const ready = status?.conditions?.find(({ type }) => type === 'Ready');
      return ready?.message.includes('stuck') && ready.message;
    });
    expect(told).toContain(`${name}: `);
    expect(told).toContain('configmaps stuck (finalizers: example.com/hold)');
    const { status } = await get('tenant', name);
    expect(JSON.stringify(status?.spaces)).toContain('example.com/hold');
    await ok(
      '-n',
      name,
      'patch',
      'cm',
      'stuck',
      '--type=merge',
      '-p',
      '{"metadata":{"finalizers":null}}',
    );
    await eventually('the tenant is gone', () => isGone('tenant', name));
    await eventually('its roles are gone', () => isGone('clusterrole', `capsule:tenant:${name}`));
    expect(await isGone('namespace', home)).toBe(false);
  });
});
