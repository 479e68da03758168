import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { home, startTenancyPlane, type TenancyPlane } from '../../../test/support/tenancy-plane.ts';
import type { ResourceQuotaLedger } from '../../api/capsule/quantity-ledger.ts';
import { globalLedgerName, globalQuotaName } from '../../access/quotas/global-names.ts';
import { isConflict, isForbidden, KubeApiError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { userIdentity } from '../../kube/identity.ts';
import type { KubeObject } from '../../kube/object.ts';
import { secretType } from '../../kube/core-resources.ts';

const oil = freshName('oil');
const gas = freshName('gas');
const alice = freshName('alice');
const bob = freshName('bob');
/** An owner may give any name, also one that looks as if it were of Kubernetes. */
const [a, b, c] = [`kube-${oil}`, `${oil}-b`, `${oil}-c`];
const outside = `${gas}-a`;
const name = `${oil}-secrets`;
const native = globalQuotaName(name);

let plane: TenancyPlane;
let owner: KubeClient;
beforeAll(async () => {
  plane = await startTenancyPlane();
  await plane.startReplica();
  owner = plane.admin.as(userIdentity(alice, [plane.group]));
  await plane.tenant(oil, spec('6'));
  await plane.tenant(gas, { owners: [{ kind: 'User', name: bob }] });
  for (const namespace of [a, b, c]) await plane.namespace(namespace, oil, alice);
  await plane.namespace(outside, gas, bob);
  await counted(3);
});
afterAll(() => plane?.[Symbol.asyncDispose]());

function spec(secrets: string) {
  return {
    owners: [{ kind: 'User', name: alice }],
    rules: [{ quota: [{ name: 'secrets', hard: { secrets, services: '10' } }] }],
  };
}
const quota = () => plane.get('globalresourcequota', name);
const ledger = async () => {
  const uid = (await quota()).metadata.uid ?? '';
  const found = await plane.get('-n', home, 'quantityledger', globalLedgerName({ name, uid }));
  return (found['status'] as { resourceQuota?: ResourceQuotaLedger } | undefined)?.resourceQuota;
};
/** Until so many namespaces are counted for what the quota says now, and marked for the webhook. */
function counted(namespaces: number) {
  return eventually('use is counted', async () => {
    const [found, book] = await Promise.all([quota(), ledger()]);
    const marked = await plane.get('namespaces', '-l', 'projectcapsule.dev/shared-quota=true');
    expect({ ...book, marked: marked.items?.length }).toMatchObject({
      initialized: true,
      observedGeneration: found.metadata.generation,
      namespaces: [a, b, c].slice(0, namespaces),
      marked: namespaces,
    });
    return true;
  });
}
/** Undefined when it was created, otherwise what the user reads. */
async function create(namespace: string, client = owner): Promise<string | undefined> {
  const metadata = { name: freshName('secret'), namespace };
  try {
    await client.create(secretType, { apiVersion: 'v1', kind: 'Secret', metadata });
    return undefined;
  } catch (error) {
    const isBusy = isConflict(error) || (error instanceof KubeApiError && error.code === 429);
    if (isBusy) return await create(namespace, client);
    if (isForbidden(error)) return error.message;
    throw error;
  }
}
const inUse = async () => {
  const { items = [] } = await plane.get('secrets', '-A');
  return items.filter(({ metadata }) => [a, b, c].includes(metadata.namespace ?? '')).length;
};
const remove = (namespace: string) =>
  plane.kubectlOk(['-n', namespace, 'delete', 'secrets', '--all']);
const totals = async () => (await quota())['status'] as { total: { used: Record<string, string> } };
/**
 * Until so many are counted. Kubernetes itself counts anew after a deletion, by what its controller has
 * seen by then: what was created meanwhile is counted with its next round, five minutes later at most.
 */
const used = (secrets: string) =>
  eventually(
    `${secrets} are counted`,
    async () => (await totals()).total.used['secrets'] === secrets,
    400,
  );

test('a quota of a rule is a GlobalResourceQuota over the namespaces of the tenant', async () => {
  const found = await quota();
  expect(found['status']).toMatchObject({ namespaces: [a, b, c], namespaceCount: 3 });
  expect(found.metadata.ownerReferences).toMatchObject([{ kind: 'Tenant', name: oil }]);
  const { items = [] } = await plane.get('resourcequotas', '-A');
  const shares = items.filter(({ metadata }) => metadata.name === native);
  expect(shares.map(({ metadata }) => metadata.namespace)).toEqual([a, b, c]);
});

test('of a burst in all namespaces no more are admitted than fit, and as many in the end', async () => {
  const tries = [a, b, c].flatMap((namespace) =>
    Array.from({ length: 5 }, () => create(namespace)),
  );
  const refusals = (await Promise.all(tries)).filter((message) => message !== undefined);
  expect(await inUse()).toBeLessThanOrEqual(6);
  expect(refusals.some((message) => message.includes('exceeds GlobalResourceQuota'))).toBe(true);
  await eventually('all six are there', async () => {
    if ((await inUse()) < 6) await create(c);
    return (await inUse()) === 6;
  });
  await used('6');
  expect(await create(a)).toMatch(
    new RegExp(
      `exceeds GlobalResourceQuota "${name}": ` +
        String.raw`secrets \(requested=1, current=6, projected=7, hard=6, exceededBy=1\)`,
    ),
  );
});

test('one namespace can have what the others do not use', async () => {
  for (const namespace of [a, b, c]) await remove(namespace);
  await used('0');
  for (let count = 1; count <= 6; count += 1) {
    await eventually(`there is room for ${count}`, async () => (await create(b)) === undefined);
  }
  expect(await create(c)).toContain('exceeds GlobalResourceQuota');
  await remove(b);
  await used('0');
});

test('a dry run is weighed and leaves nothing', async () => {
  await eventually(
    'nothing is on its way',
    async () => (await ledger())?.reservations?.length === 0,
  );
  const input = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'dry', namespace: a } };
  const as = { as: alice, asGroups: [plane.group] };
  const { code } = await plane.kubectl(['create', '--dry-run=server', '-f', '-'], {
    input: JSON.stringify(input),
    ...as,
  });
  expect(code).toBe(0);
  expect((await ledger())?.reservations ?? []).toEqual([]);
});

test('what a controller of the cluster creates is within the limit too, without the webhook', async () => {
  const controllers = plane.admin;
  const token = (namespace: string) => create(namespace, controllers);
  await plane.stopComponent();
  const tries = [a, b, c].flatMap((namespace) => Array.from({ length: 6 }, () => token(namespace)));
  await Promise.all(tries);
  expect(await inUse()).toBeLessThanOrEqual(6);
  await plane.startComponent();
  await counted(3);
  await used(String(await inUse()));
  for (const namespace of [a, b, c]) await remove(namespace);
  await used('0');
});

describe('the limit', () => {
  test('cannot be less than what is used', async () => {
    await eventually('there are two and more, and counted', async () => {
      if (Number((await totals()).total.used['secrets']) >= 2) return true;
      await create(a);
      return false;
    });
    const body = JSON.stringify({ spec: { quota: { hard: { secrets: '1' } } } });
    const args = ['patch', 'globalresourcequota', name, '--type=merge', '-p', body];
    const { stderr } = await plane.kubectl(args);
    expect(stderr).toMatch(/hard\["secrets"\] cannot be reduced to 1 while [2-6] is allocated/);
  });

  test('stays as it was while a rule asks for less than is used, and the Tenant says so', async () => {
    await plane.apply([
      {
        apiVersion: 'capsule.clastix.io/v1beta2',
        kind: 'Tenant',
        metadata: { name: oil },
        spec: spec('1'),
      },
    ]);
    await eventually('the Tenant says so', async () => {
      const { status } = await plane.get('tenant', oil);
      return /cannot be reduced to 1 while [2-6] is allocated/.test(JSON.stringify(status));
    });
    const { quota: has } = (await quota())['spec'] as { quota: { hard: { secrets: string } } };
    expect(has.hard.secrets).toBe('6');
  });

  test('can be raised, and is used then', async () => {
    await plane.tenant(oil, spec('7'));
    await eventually('the quota follows', async () => {
      const { quota: has } = (await quota())['spec'] as { quota: { hard: { secrets: string } } };
      return has.hard.secrets === '7';
    });
    await counted(3);
    await eventually('five more', async () => {
      await create(c);
      return (await inUse()) === 7;
    });
    expect(await create(b)).toContain('exceeds GlobalResourceQuota');
  });
});

test('a neighbour is not concerned, and cannot touch it', async () => {
  const neighbour = plane.admin.as(userIdentity(bob, [plane.group]));
  expect(await create(outside, neighbour)).toBeUndefined();
  const as = { as: bob, asGroups: [plane.group] };
  for (const args of [
    ['get', 'globalresourcequotas'],
    ['-n', home, 'get', 'quantityledgers'],
    ['-n', a, 'get', 'resourcequotas'],
    ['delete', 'globalresourcequota', name],
  ]) {
    const { stderr } = await plane.kubectl(args, as);
    expect(stderr).toContain('forbidden');
  }
  const own = { as: alice, asGroups: [plane.group] };
  const body = JSON.stringify({ spec: { hard: { secrets: '99' } } });
  const edit = ['-n', a, 'patch', 'resourcequota', native, '--type=merge', '-p', body];
  expect((await plane.kubectl(edit, own)).stderr).toContain('forbidden');
  expect((await plane.kubectl(['-n', home, 'get', 'quantityledgers'], own)).stderr).toContain(
    'forbidden',
  );
});

test('a quota over namespaces that an admin selects is kept, and goes whole', async () => {
  const fresh = freshName('fresh');
  const object: KubeObject = {
    apiVersion: 'capsule.clastix.io/v1beta2',
    kind: 'GlobalResourceQuota',
    metadata: { name: fresh },
    spec: {
      namespaceSelectors: [{ matchLabels: { 'kubernetes.io/metadata.name': a } }, {}],
      quota: { hard: { services: '1' } },
    },
  };
  await plane.apply([object]);
  await eventually('it is counted', async () => {
    const { status } = await plane.get('globalresourcequota', fresh);
    const { namespaces } = status as { namespaces: string[] };
    expect(namespaces).not.toContain('kube-system');
    return JSON.stringify(status).includes('"reason":"Succeeded"');
  });
  await plane.kubectlOk(['delete', 'globalresourcequota', fresh, '--timeout=240s']);
  await eventually('its quotas are gone', async () => {
    const { items = [] } = await plane.get('resourcequotas', '-A');
    return !items.some(({ metadata }) => metadata.name === globalQuotaName(fresh));
  });
});

test('without its rule the quota goes, and the mark with it', async () => {
  await plane.tenant(oil, { owners: [{ kind: 'User', name: alice }] });
  await eventually('nothing is left', async () => {
    const marked = await plane.get('namespaces', '-l', 'projectcapsule.dev/shared-quota=true');
    const quotas = await plane.get('globalresourcequotas');
    const ledgers = await plane.get('-n', home, 'quantityledgers');
    return [marked, quotas, ledgers].every(({ items }) => items?.length === 0);
  });
});
