import { applyAll } from '../../../test/support/estate.ts';
import { isForbidden } from '../../../src/kube/api-error.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { userIdentity } from '../../../src/kube/identity.ts';
import {
  condition,
  isReady,
  readManifest,
  revisionOf,
  source,
  types,
  type World,
} from '../world.ts';

/** One source, two tenants, each applied as its own ServiceAccount; users stay in their namespace. */
export async function showTenants(world: World): Promise<void> {
  const { admin, report } = world;
  report.title('2. One repository, two tenants');
  await report.check(
    'the platform admin declares namespaces, roles and ServiceAccounts',
    async () => {
      await applyAll(admin, readManifest('tenants.yaml'));
      return 'examples/manifests/tenants.yaml';
    },
  );
  await report.check('GitRepository flux-system/infra-apps becomes ready', async () => {
    await applyAll(admin, readManifest('sync.yaml', { GIT_URL: world.git.url(world.repository) }));
    return revisionOf(await condition(world, types.gitRepository, source, isReady));
  });
  for (const tenant of ['a', 'b']) {
    await report.check(
      `Kustomization tenant-${tenant}/tenant-${tenant}-apps is applied as its own ServiceAccount`,
      async () => {
        const key = { namespace: `tenant-${tenant}`, name: `tenant-${tenant}-apps` };
        await condition(world, types.kustomization, key, isReady);
        const deployment = await admin.get(types.deployment, {
          namespace: key.namespace,
          name: `app-${tenant}`,
        });
        return `Deployment ${key.namespace}/app-${tenant} exists, labels ${JSON.stringify(deployment.metadata.labels)}`;
      },
    );
  }
  for (const [own, other] of [
    ['a', 'b'],
    ['b', 'a'],
  ] as const) {
    await showUser(world, own, other);
  }
}

async function showUser(world: World, own: string, other: string): Promise<void> {
  const name = `user-${own}@example.com`;
  const user = world.admin.as(userIdentity(name, ['system:authenticated']));
  const own_ = `tenant-${own}`;
  await world.report.check(`${name} lists Deployments and Kustomizations of ${own_}`, async () => {
    const deployments = await user.list(types.deployment, { namespace: own_ });
    const kustomizations = await user.list(types.kustomization, { namespace: own_ });
    return `${deployments.items.length} Deployment, ${kustomizations.items.length} Kustomization`;
  });
  const forbidden: [string, (client: KubeClient) => Promise<unknown>][] = [
    [
      `may not read Deployments of tenant-${other}`,
      (c) => c.list(types.deployment, { namespace: `tenant-${other}` }),
    ],
    [
      `may not read Kustomizations of tenant-${other}`,
      (c) => c.list(types.kustomization, { namespace: `tenant-${other}` }),
    ],
    ['may not list namespaces', (c) => c.list(types.namespace)],
    [
      'may not create a namespace',
      (c) => c.create(types.namespace, namespace('stolen'), { dryRun: true }),
    ],
    ['may not read the shared GitRepository', (c) => c.get(types.gitRepository, source)],
    [
      'may not change the shared GitRepository',
      (c) =>
        c.patch(types.gitRepository, source, { type: 'merge', body: { spec: { suspend: true } } }),
    ],
  ];
  for (const [claim, attempt] of forbidden) {
    await world.report.check(`${name} ${claim}`, () => refusedByApiServer(() => attempt(user)));
  }
}

const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

async function refusedByApiServer(attempt: () => Promise<unknown>): Promise<string> {
  try {
    await attempt();
  } catch (error) {
    if (isForbidden(error)) return `refused by Kubernetes RBAC: ${error.message}`;
    throw error;
  }
  throw new Error('it was allowed');
}
