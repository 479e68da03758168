import { applyAll } from '../../../test/support/estate.ts';
import type { Condition } from '../../../src/kube/object.ts';
import { condition, isReady, source, types, type World } from '../world.ts';

const denied = (ready: Condition) => ready.status === 'False' && ready.reason === 'AccessDenied';
const teams = ['dev-team1', 'dev-team2'] as const;

/** `spec.accessFrom` decides who may use the source, and takes effect without a commit. */
export async function showSourceGrant(world: World): Promise<void> {
  const { report } = world;
  report.title('3. Sharing a source by spec.accessFrom');
  await grant(world, 'dev-team1');
  await applyAll(world.admin, teams.flatMap(team));
  await report.check('dev-team1, granted, deploys from the shared source', async () => {
    await condition(
      world,
      types.kustomization,
      { namespace: 'dev-team1', name: 'banner' },
      isReady,
    );
  });
  await report.check(
    'dev-team2, not granted, is denied by Tenantry, and learns nothing about the source',
    async () => {
      const message = await denialOf(world, 'dev-team2', 'infra-apps');
      const absent = await denialOf(world, 'dev-team2', 'does-not-exist', 'nowhere');
      if (
        message.replaceAll('flux-system', 'nowhere').replaceAll('infra-apps', 'does-not-exist') !==
        absent
      ) {
        throw new Error(
          `the denial tells an existing source from a missing one:\n  ${message}\n  ${absent}`,
        );
      }
      return message;
    },
  );
  await report.check(
    'the grant moves to dev-team2; both flip within two seconds, without a commit',
    async () => {
      const started = performance.now();
      await grant(world, 'dev-team2');
      await Promise.all([
        condition(world, types.kustomization, { namespace: 'dev-team1', name: 'banner' }, denied),
        condition(world, types.kustomization, { namespace: 'dev-team2', name: 'banner' }, isReady),
      ]);
      const seconds = (performance.now() - started) / 1000;
      if (seconds > 2) throw new Error(`it took ${seconds.toFixed(1)} s`);
      return `${seconds.toFixed(2)} s from the change of the grant to both conditions`;
    },
  );
}

async function grant(world: World, extra: string): Promise<void> {
  const namespaceSelectors = ['tenant-a', 'tenant-b', extra].map((name) => ({
    matchLabels: { 'kubernetes.io/metadata.name': name },
  }));
  await world.admin.patch(types.gitRepository, source, {
    type: 'merge',
    body: { spec: { accessFrom: { namespaceSelectors } } },
  });
}

function team(namespace: string) {
  const reconciler = { kind: 'ServiceAccount', name: 'gitops-reconciler', namespace };
  const rbac = 'rbac.authorization.k8s.io';
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'gitops-reconciler', namespace },
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'gitops-reconciler', namespace },
      subjects: [reconciler],
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'edit' },
    },
    kustomization(namespace, 'banner', source.name, 'flux-system'),
  ];
}

function kustomization(
  namespace: string,
  name: string,
  sourceName: string,
  sourceNamespace: string,
) {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name, namespace },
    spec: {
      interval: '5m',
      path: './shared',
      prune: true,
      serviceAccountName: 'gitops-reconciler',
      targetNamespace: namespace,
      sourceRef: { kind: 'GitRepository', name: sourceName, namespace: sourceNamespace },
    },
  };
}

async function denialOf(
  world: World,
  namespace: string,
  name: string,
  at = 'flux-system',
): Promise<string> {
  const probe = `probe-${name}`;
  await applyAll(world.admin, [kustomization(namespace, probe, name, at)]);
  const object = await condition(world, types.kustomization, { namespace, name: probe }, denied);
  await world.admin.delete(types.kustomization, { namespace, name: probe });
  const { conditions } = object['status'] as { conditions: Condition[] };
  return conditions.find(({ type }) => type === 'Ready')?.message ?? '';
}
