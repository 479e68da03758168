import {
  parseInventory,
  refId,
  refOf,
  without,
  type ObjectRef,
} from '../../api/kustomize/inventory.ts';
import type { KustomizationStatus } from '../../api/kustomize/status.ts';
import { messageOf } from '../../base/errors.ts';
import { inTurns } from '../../cli/objects/in-turns.ts';
import {
  heldTypeFinder,
  typeFinder,
  type FindType,
} from '../../controllers/kustomization/apply/resource-types.ts';
import { applyOrder, deletionOrder } from '../../controllers/kustomization/apply/stages.ts';
import { desiredObjects, type Desired } from '../../controllers/kustomization/build/desired.ts';
import { isInventoryOf } from '../../controllers/kustomization/inventory-record.ts';
import { readIgnoreRules } from '../../controllers/kustomization/drift/ignore-rules.ts';
import type { Target } from '../../controllers/kustomization/target.ts';
import type { Preparation } from '../../controllers/kustomization/work.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { PlannedChange } from './change.ts';
import { planApply, type Planning } from './plan-apply.ts';
import { planPrune } from './plan-prune.ts';
import { withoutSecrets } from './shown-object.ts';

const concurrent = 4;

/** What applying a build would do to each object, in the order it would be done. */
export async function planChanges(
  rendered: readonly KubeObject[],
  known: readonly ObjectRef[],
  work: Preparation & { target: Target },
): Promise<PlannedChange[]> {
  const { deps, run, spec, secrets, target } = work;
  const findType = typeFinder(target.client.discovery, rendered, run.signal);
  const findHeld = heldTypeFinder(target.client.discovery, run.signal);
  const { desired, failed } = await desiredOrFailed(rendered, { known, findType, work });
  const planning: Planning = { ...work, isMadeHere: madeBy(rendered) };
  const ordered = applyOrder(desired, deps.customStageKinds).flat(2);
  const applied = await inTurns(ordered, concurrent, (item) => planApply(item, planning));
  const wanted = [...desired, ...failed].map((item) => ('ref' in item ? item.ref : item));
  const stale = spec.prune ? deletionOrder(without(known, wanted)).flat() : [];
  const pruned = await inTurns(stale, concurrent, (ref) => planPrune(ref, findHeld, planning));
  return [...failed, ...applied, ...pruned.filter((change) => change !== undefined)].map(
    ({ message, ...change }) =>
      message === undefined ? change : { ...change, message: withoutSecrets(message, secrets) },
  );
}

interface DesiredRequest {
  known: readonly ObjectRef[];
  findType: FindType;
  work: Preparation & { target: Target };
}

/**
 * What is to be applied, as the controller would; where it would stop at the first object that
 * cannot be, each such object is a failure of its own. Throws what is wrong with the build as a whole.
 */
async function desiredOrFailed(
  rendered: readonly KubeObject[],
  { known, findType, work }: DesiredRequest,
): Promise<{ desired: Desired[]; failed: PlannedChange[] }> {
  const { me, target, spec } = work;
  const { user, cluster } = target;
  const ignoreRules = readIgnoreRules(spec.ignore);
  const options = { me, user, cluster, known, findType, ignoreRules };
  const failed: PlannedChange[] = [];
  const good: KubeObject[] = [];
  for (const object of rendered) {
    try {
      await desiredObjects([object], options);
      good.push(object);
    } catch (error) {
      failed.push({ ...refOf(object), action: 'failed', message: messageOf(error) });
    }
  }
  return { desired: await desiredObjects(good, options), failed };
}

/** Whether a build makes the namespace, or the kind, that an object needs to be there. */
function madeBy(rendered: readonly KubeObject[]): Planning['isMadeHere'] {
  const namespaces = rendered.filter(({ kind }) => kind === 'Namespace');
  const names = new Set(namespaces.map(({ metadata }) => metadata.name));
  const definitions = rendered.filter(({ kind }) => kind === 'CustomResourceDefinition');
  const defined = new Set(definitions.map(({ metadata }) => metadata.name));
  return ({ type, ref }) => names.has(ref.namespace) || defined.has(`${type.plural}.${type.group}`);
}

/** The objects of that cluster that an inventory lists, each once. */
export function knownObjects(
  status: KustomizationStatus | undefined,
  target: Pick<Target, 'cluster'>,
): ObjectRef[] {
  if (!isInventoryOf(status, target)) return [];
  const refs = parseInventory(status?.inventory?.entries);
  return [...new Map(refs.map((ref) => [refId(ref), ref])).values()];
}
