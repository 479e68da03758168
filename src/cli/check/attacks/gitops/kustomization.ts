import type { Condition, KubeObject, ObjectMeta } from '../../../../kube/object.ts';
import { allowed, refused, untried, type Outcome } from '../../outcome.ts';
import { exists } from '../../exists.ts';
import { checkLabel } from '../../made-by-check.ts';
import { typeOf, type Target } from '../../target.ts';
import { outcomeOf } from '../../tries.ts';
import { waitUntil } from '../../wait-until.ts';
import { deployerName, type World } from '../../world.ts';

const patienceSeconds = 60;

/** Of a Kustomization that waits for something, which says nothing yet. */
const passing = ['Progressing', 'ProgressingWithRetry', 'DependencyNotReady'];

interface WithStatus extends KubeObject {
  metadata: ObjectMeta;
  status?: { observedGeneration?: number; conditions?: Condition[] };
}

/** A Kustomization of the attacker's, on a source of its own; `spec` adds and overrides. */
export function kustomization(
  { run, attacker: { namespace } }: World,
  name: string,
  spec: Record<string, unknown>,
): KubeObject {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name, namespace, labels: { [checkLabel]: run } },
    spec: {
      interval: '1h',
      retryInterval: '1h',
      timeout: '30s',
      prune: true,
      path: './examples/check/config-map',
      sourceRef: { kind: 'GitRepository', name: 'check' },
      serviceAccountName: deployerName,
      ...spec,
    },
  };
}

/** Has the attacker's account write it, and waits for what becomes of it; undefined if nobody cares. */
export async function deploy(world: World, object: KubeObject): Promise<Condition | undefined> {
  const { attacker, admin, signal } = world;
  const type = await typeOf(admin, object);
  const options = { fieldManager: 'tenantry-check', force: true };
  const { object: stored } = await attacker.deployer.client.apply(type, object, options);
  const { generation = 1 } = stored.metadata;
  return waitUntil(
    async () => {
      const { status } = await admin.get<WithStatus>(type, object.metadata, { signal });
      const ready = status?.conditions?.find((condition) => condition.type === 'Ready');
      const seen = (ready?.observedGeneration ?? status?.observedGeneration ?? 0) >= generation;
      const isSettled = ready && ready.status !== 'Unknown' && !passing.includes(ready.reason);
      return isSettled && seen ? ready : undefined;
    },
    { seconds: patienceSeconds, signal },
  );
}

/**
 * What comes of a Kustomization that is not to be: allowed if what it would make is there, or if it
 * became ready.
 */
export async function deployAttack(
  world: World,
  object: KubeObject,
  targets: readonly Target[] = [],
): Promise<Outcome> {
  try {
    const ready = await deploy(world, object);
    const made = await Promise.all(targets.map((of) => exists(world, of)));
    const [found] = targets.filter((_, index) => made[index]);
    if (found) return allowed(`it made ${found.kind} ${found.metadata.name}`);
    if (!ready) return untried(`no controller looked at it within ${patienceSeconds} s`);
    if (ready.status === 'True') return allowed(`it became ready: ${ready.message}`);
    return refused(`${ready.reason}: ${ready.message}`);
  } catch (error) {
    return outcomeOf(error, object.kind, world.configuration);
  }
}
