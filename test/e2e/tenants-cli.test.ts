import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createTenantCommand } from '../../src/cli/create-tenant.ts';
import { describeTenantCommand } from '../../src/cli/describe-tenant.ts';
import type { Explanation } from '../../src/cli/denial/explanation.ts';
import { explainDenialCommand } from '../../src/cli/explain-denial.ts';
import { getCommand } from '../../src/cli/get.ts';
import { freshName } from '../support/cluster.ts';
import { startTenancyPlane, type TenancyPlane } from '../support/tenancy-plane.ts';
import { cliOf } from '../support/tenantry-cli.ts';

/** What a platform admin and an owner type about tenants. */
const commands = [getCommand, createTenantCommand, describeTenantCommand, explainDenialCommand];
const describeCoal = ['describe', 'tenant', 'coal', '-o', 'json'];

let world: TenancyPlane;
let tenantry: ReturnType<typeof cliOf>;
/** An owner, and a user who owns nothing. */
let alice: string[];
let bob: string[];
beforeAll(async () => {
  world = await startTenancyPlane();
  tenantry = cliOf(commands, ['--kubeconfig', world.plane.kubeconfig]);
  const as = (name: string) => ['--as', name, '--as-group', world.group];
  [alice, bob] = [as('alice'), as('bob')];
});
afterAll(() => world?.[Symbol.asyncDispose]());

const flags = ['--owner', 'User:alice', '--namespace-quota', '1'];

/** A namespace of a tenant, as a manifest file. */
async function manifest(name: string, tenant: string): Promise<string> {
  const file = path.join(tmpdir(), `${freshName('namespace')}.yaml`);
  onTestFinished(() => rm(file, { force: true }));
  const metadata = { name, labels: { 'capsule.clastix.io/tenant': tenant } };
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata }));
  return file;
}

async function explain(...argv: string[]): Promise<Explanation & { code: number }> {
  const configuration = ['--configuration-name', world.configuration];
  const { code, out, err } = await tenantry([
    'explain',
    'denial',
    ...argv,
    ...configuration,
    '-o',
    'json',
  ]);
  expect(err).toBe('');
  const [explanation] = JSON.parse(out) as [Explanation];
  return { ...explanation, code };
}

describe('create tenant', () => {
  test('creates it and waits until its owners may use it', async () => {
    const { code, out } = await tenantry(['create', 'tenant', 'oil', ...flags]);
    expect([code, out]).toEqual([
      0,
      '✔ tenant/oil created: its owners create namespaces with the label capsule.clastix.io/tenant=oil\n',
    ]);
    const { stdout } = await world.kubectl(['auth', 'can-i', 'own', 'tenants/oil', '--as=alice']);
    expect(stdout.trim()).toBe('yes');
  });

  test('does not change one that exists', async () => {
    const { code, err } = await tenantry(['create', 'tenant', 'oil', '--owner', 'mallory']);
    expect([code, err]).toEqual([
      2,
      "✗ tenant 'oil' exists: change it with kubectl edit tenant oil\n",
    ]);
    expect((await world.get('tenant', 'oil'))['spec']).toMatchObject({
      owners: [{ name: 'alice' }],
    });
  });

  test('prints a manifest that applies as it is', async () => {
    const { out } = await tenantry(['create', 'tenant', 'gas', ...flags, '--export']);
    await world.kubectlOk(['apply', '--server-side', '--dry-run=server', '-f', '-'], {
      input: out,
    });
    expect((await world.kubectl(['get', 'tenant', 'gas'])).code).toBe(1);
  });

  test('an owner may not create tenants', async () => {
    const { code, err } = await tenantry(['create', 'tenant', 'mine', ...flags, ...alice]);
    expect([code, err]).toEqual([
      1,
      expect.stringContaining("'alice' may not create tenants.capsule.clastix.io") as string,
    ]);
  });
});

describe('get tenants', () => {
  test('shows the columns of kubectl', async () => {
    const { out } = await tenantry(['get', 'tenants']);
    const [header, row] = out.split('\n').map((line) => line.split(/\s{3,}/));
    expect(header?.slice(0, 4)).toEqual(['NAME', 'STATE', 'NAMESPACE QUOTA', 'NAMESPACE COUNT']);
    expect(row?.slice(0, 4)).toEqual(['oil', 'Active', '1', '0']);
  });

  test('by name, as JSON; one that is not there', async () => {
    const { out } = await tenantry(['get', 'tnt/oil', '-o', 'json']);
    expect(JSON.parse(out)).toMatchObject({
      items: [{ name: 'oil', columns: { State: 'Active' } }],
    });
    const { code, err } = await tenantry(['get', 'tenant', 'water']);
    expect([code, err]).toEqual([1, '✗ tenant/water not found: see tenantry get tnt\n']);
  });

  test('says nothing to those who may not read them, whether or not they exist', async () => {
    const [mine, nothing] = await Promise.all(
      ['oil', 'water'].map((name) => tenantry(['get', 'tenant', name, ...bob])),
    );
    expect(mine?.code).toBe(1);
    expect(mine?.err.replaceAll('oil', 'water')).toBe(nothing?.err);
  });
});

describe('describe tenant', () => {
  test('shows owners, namespaces and quotas', async () => {
    const owners = [{ kind: 'User', name: 'alice' }];
    const resourceQuotas = { items: [{ hard: { pods: '10' } }] };
    await world.tenant('coal', { owners, resourceQuotas });
    await world.namespace('coal-apps', 'coal', 'alice');
    await expect
      .poll(async () => JSON.parse((await tenantry(describeCoal)).out) as unknown)
      .toMatchObject({
        tenant: 'coal',
        owners: [{ kind: 'User', name: 'alice' }],
        namespaces: [{ name: 'coal-apps', ready: 'True' }],
        quotas: [{ quota: 'capsule-coal-0', resource: 'pods', used: '0', limit: '10' }],
        unread: [],
      });
  });

  test('says nothing to a neighbour, whether or not it exists', async () => {
    const [theirs, nothing] = await Promise.all(
      ['coal', 'water'].map((name) => tenantry(['describe', 'tenant', name, ...bob])),
    );
    expect([theirs?.code, theirs?.out]).toEqual([1, '']);
    expect(theirs?.err.replaceAll('coal', 'water')).toBe(nothing?.err);
  });
});

describe('explain denial', () => {
  test('what is allowed', async () => {
    const file = await manifest('oil-first', 'oil');
    expect(await explain(...alice, 'create', '-f', file)).toMatchObject({
      code: 0,
      allowed: true,
      object: 'namespace/oil-first',
    });
    expect((await world.kubectl(['get', 'namespace', 'oil-first'])).code).toBe(1);
  });

  test('a neighbour is no owner', async () => {
    const file = await manifest('oil-mine', 'oil');
    expect(await explain(...bob, 'create', '-f', file)).toMatchObject({
      code: 1,
      allowed: false,
      decision: { ring: 'ring two', by: 'namespaces.mutating.projectcapsule.dev' },
      tenant: { tenant: 'oil', owners: ['User alice'] },
    });
  });

  test('RBAC', async () => {
    expect(await explain(...bob, 'list', 'secrets', '-n', 'default')).toMatchObject({
      code: 1,
      decision: { ring: 'rbac' },
    });
    expect(await explain(...alice, 'delete', 'namespace/default')).toMatchObject({
      code: 1,
      decision: { ring: 'rbac', remedy: expect.stringContaining('may not delete') as string },
    });
  });

  test('only for those who may know: nobody asks in the name of somebody else', async () => {
    const file = await world.plane.clientKubeconfig({ commonName: 'eve' });
    const asked = cliOf(commands, ['--kubeconfig', file]);
    const { code, err, out } = await asked(['explain', 'denial', ...alice, 'list', 'tenants']);
    expect([code, err, out]).toEqual([
      2,
      expect.stringContaining('may not impersonate') as string,
      '',
    ]);
  });

  test('words that say nothing', async () => {
    const { code, err } = await tenantry(['explain', 'denial', 'create']);
    expect([code, err]).toEqual([2, '✗ create: give the object with -f FILE\n']);
  });

  test('with every process of ours stopped: which rule says so, and what would allow it', async () => {
    await world.stopComponent();
    const file = await manifest('oil-mine', 'oil');
    expect(await explain(...bob, 'create', '-f', file)).toMatchObject({
      code: 1,
      allowed: false,
      decision: {
        ring: 'ring one',
        rule: 'namespace-created-by-owners',
        remedy: expect.stringContaining('spec.owners') as string,
      },
      tenant: { tenant: 'oil', owners: ['User alice'] },
    });
  });
});
