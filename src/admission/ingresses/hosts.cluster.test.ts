import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { startTenancyPlane, type TenancyPlane } from '../../../test/support/tenancy-plane.ts';

/** No two Ingresses serve a host and path, within the scope that the tenant has. */
let cluster: TenancyPlane;
const scopes = ['Cluster', 'Tenant', 'Namespace', 'Disabled'] as const;
const tenants = Object.fromEntries(
  scopes.map((scope) => [scope, freshName(scope.toLowerCase())]),
) as Record<(typeof scopes)[number], string>;
/** Two namespaces of each tenant, and one of none. */
const namespaces: Record<string, [string, string]> = {};
let free: string;

beforeAll(async () => {
  cluster = await startTenancyPlane();
  await Promise.all(
    scopes.map(async (scope) => {
      await cluster.tenant(tenants[scope], {
        owners: [{ kind: 'User', name: 'alice' }],
        ingressOptions: { hostnameCollisionScope: scope },
      });
      namespaces[scope] = await Promise.all([
        cluster.freshNamespace(tenants[scope]),
        cluster.freshNamespace(tenants[scope]),
      ]);
    }),
  );
  free = freshName('free');
  await cluster.kubectlOk(['create', 'namespace', free]);
  await eventually('the hook answers', async () => {
    return (await create(inTenant('Cluster'), ingress('probe.example'), true)).code === 0;
  });
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

const inTenant = (scope: string, nth = 0) => namespaces[scope]?.[nth] ?? '';
const ingress = (host: string, path = '/', name = freshName('web')) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name, annotations: { 'tenantry.dev/hosts': 'checked' } },
  spec: {
    rules: [
      {
        host,
        http: {
          paths: [
            {
              path,
              pathType: 'Prefix',
              backend: { service: { name: 'web', port: { number: 80 } } },
            },
          ],
        },
      },
    ],
  },
});
const create = (namespace: string, object: object, dryRun = false) =>
  cluster.kubectl(['-n', namespace, 'create', '-f', '-', ...(dryRun ? ['--dry-run=server'] : [])], {
    input: JSON.stringify(object),
  });
const taken = { code: 1, stderr: expect.stringContaining('served by another Ingress') as string };
const made = { code: 0 };

describe('a host that is served', () => {
  test.each([
    ['Cluster', { elsewhere: taken, inTenant: taken, here: taken }],
    ['Tenant', { elsewhere: made, inTenant: taken, here: taken }],
    ['Namespace', { elsewhere: made, inTenant: made, here: taken }],
    ['Disabled', { elsewhere: made, inTenant: made, here: made }],
  ])('scope %s', async (scope, expected) => {
    const host = () => `${freshName('app')}.example`;
    const [outside, sibling, own] = [host(), host(), host()];
    expect(await create(free, ingress(outside))).toMatchObject(made);
    expect(await create(inTenant(scope, 1), ingress(sibling))).toMatchObject(made);
    expect(await create(inTenant(scope), ingress(own))).toMatchObject(made);
    await eventually('the webhook has seen it', async () => {
      const { code } = await create(inTenant('Cluster'), ingress(outside), true);
      return code === 1;
    });
    expect(await create(inTenant(scope), ingress(outside))).toMatchObject(expected.elsewhere);
    expect(await create(inTenant(scope), ingress(sibling))).toMatchObject(expected.inTenant);
    expect(await create(inTenant(scope), ingress(own))).toMatchObject(expected.here);
    expect(await create(inTenant(scope), ingress(own, '/other'))).toMatchObject(made);
  });

  test('is not taken by changing an Ingress either', async () => {
    const [theirs, ours] = [`${freshName('a')}.example`, `${freshName('b')}.example`];
    const own = ingress(ours);
    await create(inTenant('Cluster', 1), ingress(theirs));
    await create(inTenant('Cluster'), own);
    const patch = (path: string, value: string) =>
      cluster.kubectl([
        '-n',
        inTenant('Cluster'),
        'patch',
        'ingress',
        own.metadata.name,
        '--type=json',
        '-p',
        JSON.stringify([{ op: 'replace', path, value }]),
      ]);
    expect(await patch('/spec/rules/0/host', theirs)).toMatchObject(taken);
    expect(await patch('/spec/rules/0/http/paths/0/path', '/more')).toMatchObject(made);
  });

  test('is one of two that ask for it at the same moment', async () => {
    const host = `${freshName('app')}.example`;
    const results = await Promise.all(
      [0, 1, 0, 1].map((nth) => create(inTenant('Cluster', nth), ingress(host))),
    );
    expect(results.filter(({ code }) => code === 0)).toHaveLength(1);
  });
});

test('with every process of ours stopped, only tenants with a scope wait', async () => {
  const kept = ingress(`${freshName('app')}.example`);
  expect(await create(inTenant('Cluster'), kept)).toMatchObject(made);
  await cluster.stopComponent();
  const host = `${freshName('app')}.example`;
  expect(await create(inTenant('Cluster'), ingress(host))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('cannot be checked now') as string,
  });
  expect(await create(inTenant('Disabled'), ingress(host))).toMatchObject(made);
  await cluster.kubectlOk([
    '-n',
    inTenant('Cluster'),
    'label',
    'ingress',
    kept.metadata.name,
    'team=a',
  ]);
});
