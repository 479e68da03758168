import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { startTenancyPlane, type TenancyPlane } from '../../../test/support/tenancy-plane.ts';

const count = 10;
const run = freshName('fan');
const tenants = Array.from({ length: count }, (_, index) => `${run}-tenant-${index}`);
const owners = Array.from({ length: count }, (_, index) => `${run}-owner-${index}`);
const apiVersion = 'capsule.clastix.io/v1beta2';

let harness: TenancyPlane;
beforeAll(async () => {
  harness = await startTenancyPlane();
});
afterAll(() => harness?.[Symbol.asyncDispose]());

const tenant = (name: string, team: string) => ({
  apiVersion,
  kind: 'Tenant',
  metadata: { name },
  spec: { permissions: { matchOwners: [{ matchLabels: { team } }] } },
});
const owner = (name: string, labels: Record<string, string>) => ({
  apiVersion,
  kind: 'TenantOwner',
  metadata: { name, labels },
  spec: { kind: 'User', name },
});

/** What the TenantOwners say they own, and what the Tenants say who owns them. */
async function told() {
  const [owned, owning] = await Promise.all([harness.get('tenantowners'), harness.get('tenants')]);
  const tenantsOf = (owned.items ?? []).map(
    ({ status }) => (status as { tenants?: string[] } | undefined)?.tenants?.length ?? -1,
  );
  const ownersOf = (owning.items ?? []).map(
    ({ status }) => (status as { owners?: object[] } | undefined)?.owners?.length ?? -1,
  );
  return { tenantsOf, ownersOf };
}
const all = (numbers: number[], wanted: number) =>
  numbers.length > 0 && numbers.every((number) => number === wanted);

test('ten TenantOwners own ten Tenants, and lose them one by one', async () => {
  await harness.apply([
    ...tenants.map((name) => tenant(name, run)),
    ...owners.map((name) => owner(name, { team: run })),
  ]);
  await eventually('everybody owns everything', async () => {
    const { tenantsOf, ownersOf } = await told();
    return all(tenantsOf, count) && all(ownersOf, count);
  });
  await harness.apply([tenant(tenants[0]!, 'others')]);
  await eventually('a Tenant that selects others has none', async () => {
    const { tenantsOf, ownersOf } = await told();
    return all(tenantsOf, count - 1) && ownersOf.includes(0);
  });
  await harness.kubectlOk(['delete', 'tenant', tenants[1]!]);
  await eventually('one that is gone is owned by nobody', async () => {
    return all((await told()).tenantsOf, count - 2);
  });
  await harness.kubectlOk(['label', 'tenantowner', owners[0]!, 'team-', 'x=y']);
  await eventually('an owner that is selected no more owns nothing', async () => {
    const { tenantsOf, ownersOf } = await told();
    return tenantsOf.includes(0) && ownersOf.filter((number) => number === count - 1).length === 8;
  });
});

test('an owner owns the tenant that its label names, without a selector', async () => {
  const named = freshName('named');
  await harness.tenant(named, {});
  await harness.apply([owner(named, { 'projectcapsule.dev/tenant': named })]);
  await eventually('it owns it', async () => {
    const { code } = await harness.kubectl(
      ['auth', 'can-i', 'own', `tenants.capsule.clastix.io/${named}`],
      { as: named },
    );
    return code === 0;
  });
});

test('a change of one Tenant wakes no other Tenant and no TenantOwner', async () => {
  const quiet = freshName('quiet');
  await harness.tenant(quiet, {});
  const runs = async () => {
    const text = await harness.metrics.text();
    const of = (kind: string) =>
      text
        .split('\n')
        .filter(
          (line) =>
            line.startsWith('gotk_reconcile_duration_seconds_count{') &&
            line.includes(`kind="${kind}"`) &&
            !line.includes(`name="${quiet}"`),
        )
        .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    return { tenants: of('Tenant'), owners: of('TenantOwner') };
  };
  const change = async () => {
    const spec = { nodeSelector: { pool: freshName('pool') } };
    const patch = ['--type=merge', '-p', JSON.stringify({ spec })];
    await harness.kubectlOk(['patch', 'tenant', quiet, ...patch]);
    await eventually('it was looked at', async () => {
      const { metadata, status } = await harness.get('tenant', quiet);
      return (status as { observedGeneration: number }).observedGeneration === metadata.generation;
    });
  };
  // What other tests left to be done may come between.
  await eventually('nothing else is looked at', async () => {
    const before = await runs();
    await change();
    // What a change had woken has been looked at when the next is.
    await change();
    expect(await runs()).toEqual(before);
    return true;
  });
});
