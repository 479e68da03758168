import { applyAll } from '../../../test/support/estate.ts';
import { asFile } from '../../../test/support/estate-proxy.ts';
import { seed } from '../../../test/support/seed.ts';
import { parseYamlDocuments } from '../../../src/base/yaml.ts';
import { isForbidden, isNotFound } from '../../../src/kube/api-error.ts';
import { createClient, type ClosableClient } from '../../../src/kube/connect.ts';
import { secretType } from '../../../src/kube/core-resources.ts';
import { loadKubeconfig } from '../../../src/kube/kubeconfig.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import {
  account,
  evil,
  evilRepository,
  mine,
  platformRepository,
  tenantRepository,
} from '../guide/repositories.ts';
import { threatening, threats, type Threat } from '../guide/threats.ts';
import {
  condition,
  conditionOf,
  find,
  isReady,
  requestReconcile,
  revisionOf,
  types,
  type World,
} from '../world.ts';

const home = 'flux-system';
const root = { namespace: home, name: 'flux-system' };

/**
 * The main story: a team that declares its own namespaces in Git, and sees through the tenant proxy what
 * is its own. A second one, set up alike, tries what the guide warns of.
 */
export async function showNamespaceAsAService(world: World): Promise<void> {
  const { report } = world;
  report.title('1. Namespaces as a service: a team deploys all that it owns from Git');
  await report.check(
    'the platform admin declares two tenants by a root Kustomization',
    async () => {
      await bootstrap(world);
      return revisionOf(await condition(world, types.kustomization, root, isReady));
    },
  );
  await using clients = new AsyncDisposableStack();
  const owners: Record<string, ClosableClient> = {};
  await report.check(
    'each gets a kubeconfig of its account, through the tenant proxy',
    async () => {
      for (const tenant of [mine, evil]) owners[tenant] = clients.use(await connect(world, tenant));
      return `Secret ${account}-kubeconfig in ${mine} and in ${evil}`;
    },
  );
  await report.check(
    'the tenant’s repository makes its namespaces, and what runs in them',
    async () => {
      for (const name of [mine, 'my-apps']) {
        await condition(world, types.kustomization, { namespace: mine, name }, isReady);
      }
      const app = await find(world, types.deployment, { namespace: 'my-tenant-prod', name: 'app' });
      return `Deployment my-tenant-prod/${app?.metadata.name}, by the Kustomization of a Kustomization`;
    },
  );
  const [owner, enemy] = [owners[mine], owners[evil]];
  if (!owner || !enemy) return;
  await report.check('it lists namespaces, and sees its own', async () => {
    const seen = await namesOfNamespaces(owner);
    if (seen !== 'my-tenant-dev, my-tenant-prod') throw new Error(`it sees ${seen}`);
    return seen;
  });
  await report.check('the other tenant sees its own, and nothing of the neighbour', async () => {
    const key = { namespace: evil, name: evil };
    await condition(world, types.kustomization, key, isReady);
    const seen = await namesOfNamespaces(enemy);
    if (seen !== 'evil-infra') throw new Error(`it sees ${seen}`);
    await hidden(() => enemy.get(types.namespace, { name: 'my-tenant-dev' }));
    await hidden(() => enemy.list(secretType, { namespace: mine }));
    return `${seen}; my-tenant-dev is not there for it, and Secrets of ${mine} are forbidden`;
  });
  for (const threat of threats) {
    await report.check(`refused: the other tenant ${threat.claim}`, () =>
      carryOut(world, enemy, threat),
    );
  }
}

async function carryOut(world: World, enemy: ClosableClient, threat: Threat): Promise<string> {
  const object = threatening(threat);
  await applyAll(enemy, [object]);
  const { namespace = '', name } = object.metadata;
  const key = { namespace, name };
  const told = await condition(
    world,
    types.kustomization,
    key,
    ({ status, reason, message }) =>
      status === 'False' && reason === threat.reason && threat.message.test(message),
  );
  await enemy.delete(types.kustomization, key);
  return conditionOf(told, 'Ready')?.message ?? '';
}

async function bootstrap({ admin, git }: World): Promise<void> {
  await git.createRepo('all', tenantRepository);
  await git.createRepo('evil', evilRepository);
  const urls = { mine: git.url('all'), evil: git.url('evil') };
  await git.createRepo('platform', platformRepository(urls));
  const rbac = 'rbac.authorization.k8s.io';
  const privileged = { kind: 'ServiceAccount', name: 'kustomize-controller', namespace: home };
  await applyAll(admin, [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: privileged.name, namespace: home },
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'root' },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [privileged],
    },
    {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: root,
      spec: { url: git.url('platform'), interval: '10m', ref: { branch: 'main' } },
    },
    ...(parseYamlDocuments(seed('platform')) as KubeObject[]),
  ]);
}

/** Makes the Secret that its Kustomizations name, and a client of the same kubeconfig. */
async function connect(world: World, tenant: string): Promise<ClosableClient> {
  const { admin, proxy } = world;
  const { status } = await admin.raw<{ status: { token: string } }>({
    method: 'POST',
    path: `/api/v1/namespaces/${tenant}/serviceaccounts/${account}/token`,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: 3600 },
    },
  });
  const kubeconfig = proxy.kubeconfig(status.token);
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: `${account}-kubeconfig`, namespace: tenant },
    data: { kubeconfig: Buffer.from(kubeconfig).toString('base64') },
  };
  await applyAll(admin, [secret]);
  await requestReconcile(world, types.kustomization, { namespace: tenant, name: tenant });
  await using file = await asFile(kubeconfig);
  return createClient({ cluster: await loadKubeconfig({ paths: [file.file] }) });
}

async function namesOfNamespaces(client: ClosableClient): Promise<string> {
  const { items } = await client.list(types.namespace);
  return items.map(({ metadata }) => metadata.name).join(', ');
}

async function hidden(ask: () => Promise<unknown>): Promise<void> {
  try {
    await ask();
  } catch (error) {
    if (isForbidden(error) || isNotFound(error)) return;
    throw error;
  }
  throw new Error('it was shown');
}
