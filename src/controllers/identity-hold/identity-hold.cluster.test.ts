import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { startTenancyPlane, type TenancyPlane } from '../../../test/support/tenancy-plane.ts';
import { holdLabel } from '../../access/identities/policies.ts';

const oil = freshName('oil');
let plane: TenancyPlane;

beforeAll(async () => {
  plane = await startTenancyPlane();
  await plane.tenant(oil, { owners: [{ kind: 'User', name: 'alice' }] });
});
afterAll(() => plane?.[Symbol.asyncDispose]());

/** Deploys, and whoever runs it does not answer. */
const deployer = (namespace: string) => ({
  apiVersion: 'capsule.clastix.io/v1beta2',
  kind: 'TenantResource',
  metadata: { name: 'busy', namespace, finalizers: ['example.com/busy'] },
  spec: { resyncPeriod: '60s', resources: [] },
});
const labelOf = async (namespace: string) =>
  (await plane.get('namespace', namespace)).metadata.labels?.[holdLabel];
const exists = async (...args: string[]) => (await plane.kubectl(['get', ...args])).code === 0;

test('accounts, roles and credentials stay in a namespace that is deleted until nothing deploys', async () => {
  const apps = await plane.freshNamespace(oil);
  await plane.kubectlOk(['-n', apps, 'create', 'serviceaccount', 'gitops']);
  await plane.kubectlOk(['-n', apps, 'create', 'secret', 'generic', 'kubeconfig']);
  await plane.kubectlOk(['-n', apps, 'create', 'service', 'clusterip', 'web', '--tcp=80']);
  await plane.apply([deployer(apps)]);
  await eventually('the namespace is labelled', async () => (await labelOf(apps)) === 'true');
  await plane.kubectlOk(['delete', 'namespace', apps, '--wait=false']);
  await eventually('the rest goes', async () => !(await exists('-n', apps, 'service', 'web')));
  const told = await eventually('the namespace says why', async () => {
    const { status } = await plane.get('namespace', apps);
    const text = JSON.stringify(status);
    return text.includes('kept until the Kustomizations') && text;
  });
  expect(told).toContain('NamespaceDeletionContentFailure');
  expect(await exists('-n', apps, 'serviceaccount', 'gitops')).toBe(true);
  expect(await exists('-n', apps, 'secret', 'kubeconfig')).toBe(true);
  const { items = [] } = await plane.get('-n', apps, 'rolebindings');
  expect(items.length).toBeGreaterThan(0);
  const done = '{"metadata":{"finalizers":null}}';
  await plane.kubectlOk([
    '-n',
    apps,
    'patch',
    'tenantresource',
    'busy',
    '--type=merge',
    '-p',
    done,
  ]);
  await eventually('the namespace is gone', async () => !(await exists('namespace', apps)));
});

test('nobody keeps a namespace by the label alone', async () => {
  const apps = await plane.freshNamespace(oil);
  await plane.kubectlOk(['label', 'namespace', apps, `${holdLabel}=true`]);
  await eventually('it is taken off', async () => (await labelOf(apps)) === undefined);
  await plane.kubectlOk(['delete', 'namespace', apps, '--timeout=240s']);
});

test('a namespace of no tenant is not held, whatever is in it and whoever labels it', async () => {
  const other = freshName('other');
  await plane.kubectlOk(['create', 'namespace', other]);
  await plane.apply([deployer(other)]);
  await plane.kubectlOk(['label', 'namespace', other, `${holdLabel}=true`]);
  await eventually('it is taken off', async () => (await labelOf(other)) === undefined);
});
