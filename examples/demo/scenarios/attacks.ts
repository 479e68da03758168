import { applyAll } from '../../../test/support/estate.ts';
import type { Condition } from '../../../src/kube/object.ts';
import { condition, conditionOf, find, source, types, type World } from '../world.ts';

interface Attack {
  name: string;
  claim: string;
  spec: Record<string, unknown>;
  /** Who must have refused it. */
  refusedBy: 'Kubernetes RBAC' | 'Tenantry' | 'the render engine';
  /** What the Ready condition must look like, so that a failure of another sort does not count. */
  expect: (ready: Condition) => boolean;
}

const base = {
  interval: '5m',
  prune: true,
  path: './shared',
  targetNamespace: 'tenant-a',
  serviceAccountName: 'gitops-reconciler',
  sourceRef: { kind: 'GitRepository', ...source },
};
const says = (pattern: RegExp) => (ready: Condition) => pattern.test(ready.message);

const attacks: Attack[] = [
  {
    name: 'no-account',
    claim: 'no serviceAccountName: the default account of its own namespace is used, and no other',
    spec: { ...base, serviceAccountName: undefined, targetNamespace: 'flux-system' },
    refusedBy: 'Kubernetes RBAC',
    expect: says(
      /ServiceAccount 'tenant-a\/gitops-reconciler' may not .* in namespace 'flux-system'/,
    ),
  },
  {
    name: 'neighbour',
    claim: "a neighbour's targetNamespace",
    spec: { ...base, targetNamespace: 'tenant-b' },
    refusedBy: 'Kubernetes RBAC',
    expect: says(/ServiceAccount 'tenant-a\/gitops-reconciler' may not .* in namespace 'tenant-b'/),
  },
  {
    name: 'remote-base',
    claim: 'a remote base',
    spec: { ...base, path: './attacks/remote-base' },
    refusedBy: 'the render engine',
    expect: says(/remote bases are not allowed/),
  },
  {
    name: 'climbs-out',
    claim: 'a kustomization that climbs out of its root by ..',
    spec: { ...base, path: './attacks/climbs-out' },
    refusedBy: 'the render engine',
    expect: says(/leads outside the source/),
  },
  {
    name: 'symlink',
    claim: 'a kustomization that climbs out of its root by a symbolic link',
    spec: { ...base, path: './attacks/symlink' },
    refusedBy: 'the render engine',
    expect: says(/symbolic links are never part of it/),
  },
  {
    name: 'exec-kubeconfig',
    claim: 'a kubeConfig whose user runs an exec plugin',
    spec: { ...base, kubeConfig: { secretRef: { name: 'evil-kubeconfig' } } },
    refusedBy: 'Tenantry',
    expect: says(/runs a program/),
  },
];

const evilKubeconfig = `apiVersion: v1
kind: Config
current-context: evil
contexts: [{ name: evil, context: { cluster: evil, user: evil } }]
clusters: [{ name: evil, cluster: { server: 'https://127.0.0.1:1' } }]
users: [{ name: evil, user: { exec: { apiVersion: client.authentication.k8s.io/v1, command: touch, args: [/tmp/owned], interactiveMode: Never } } }]
`;

/** What a tenant may try by Git or by its own namespace; each is refused, and by whom is said. */
export async function showAttacks(world: World): Promise<void> {
  const { admin, report } = world;
  report.title('4. Attacks, each refused');
  const metadata = { name: 'evil-kubeconfig', namespace: 'tenant-a' };
  await applyAll(admin, [
    { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { value: evilKubeconfig } },
  ]);
  for (const attack of attacks) await report.check(attack.claim, () => mount(world, attack));
  await report.check('nothing of any attack reached the cluster', async () => {
    for (const namespace of ['tenant-a', 'tenant-b']) {
      for (const name of ['banner', 'loot']) {
        if (await find(world, types.configMap, { namespace, name }))
          throw new Error(`ConfigMap ${namespace}/${name} exists`);
      }
    }
  });
}

async function mount(world: World, attack: Attack): Promise<string> {
  const key = { namespace: 'tenant-a', name: `attack-${attack.name}` };
  const spec = JSON.parse(JSON.stringify(attack.spec)) as Record<string, unknown>;
  await applyAll(world.admin, [
    { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', metadata: key, spec },
  ]);
  const object = await condition(
    world,
    types.kustomization,
    key,
    (ready) => ready.status === 'False' && attack.expect(ready),
  );
  await world.admin.delete(types.kustomization, key);
  return `refused by ${attack.refusedBy}: ${conditionOf(object, 'Ready')?.message}`;
}
