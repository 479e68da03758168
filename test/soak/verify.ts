import { parseInventory } from '../../src/api/kustomize/inventory.ts';
import { Kustomization } from '../../src/api/kustomize/kustomization.ts';
import { formatKey, type KubeObject } from '../../src/kube/object.ts';
import { home } from '../support/estate-objects.ts';
import { eventually } from '../support/eventually.ts';
import { violatedInvariants } from '../support/invariants.ts';
import { conditionOf, type WithStatus } from '../support/settled.ts';
import { idOf, keyOfUnit, type Unit } from './fleet.ts';
import type { World } from './world.ts';

/** How long everything may take to settle once nothing breaks any more. */
const settleSeconds = 300;

/**
 * Waits until everything has settled, and then lists everything that is wrong: what is not as in
 * Git, what is left over, what was made again without need, what is unsound in a status. A
 * Kustomization is ready before what left it is deleted, so the cluster may be a moment behind.
 */
export async function verify(world: World): Promise<string[]> {
  const { estate } = world;
  await world.manager.ready();
  await estate.request();
  const revision = await estate.tip();
  const source = { namespace: home, name: 'fleet' };
  await estate.settled('GitRepository', source, {
    ready: 'True',
    revision,
    withinSeconds: settleSeconds,
  });
  let last: string[] = [];
  const isEqual = async () => {
    last = ['it never settles'];
    const objects = await settledKustomizations(world, revision);
    await idle(world);
    last = differencesOf(world, objects);
    return last.length === 0 ? true : undefined;
  };
  try {
    await eventually(`every Kustomization is ready at ${revision}`, isEqual, settleSeconds);
  } catch (error) {
    last.push(String(error instanceof Error ? (error.cause ?? error) : error));
  }
  return [...last, ...madeAgain(world)];
}

function differencesOf(world: World, objects: ReadonlyMap<string, WithStatus>): string[] {
  const { units } = world.fleet;
  const unsound = [...objects].flatMap(([key, object]) =>
    violatedInvariants(object).map((what) => `${key}: ${what}`),
  );
  return [
    ...unsound,
    ...units.flatMap((unit) => differences(unit, world)),
    ...leftOver(world),
    ...units.flatMap((unit) => inventoryDifferences(unit, objects)),
  ];
}

async function settledKustomizations(
  { estate, fleet }: World,
  revision: string,
): Promise<Map<string, WithStatus>> {
  const { items } = await estate.admin.list<WithStatus>(Kustomization.type);
  const found = new Map(items.map((object) => [formatKey(object.metadata), object]));
  for (const unit of fleet.units) {
    const object = found.get(keyOfUnit(unit));
    const ready = object && conditionOf(object, 'Ready');
    const isAt = object?.status?.lastAppliedRevision === revision;
    const isCurrent = ready?.observedGeneration === object?.metadata.generation;
    if (ready?.status === 'True' && isCurrent && isAt) continue;
    throw new Error(`${keyOfUnit(unit)}: ${JSON.stringify(object?.status)}`);
  }
  return found;
}

/** Until nothing waits to be reconciled, and nothing is. */
async function idle({ manager }: World): Promise<void> {
  await eventually('the work queues are drained', async () => {
    const text = await (await fetch(manager.metricsUrl)).text();
    const samples = text.matchAll(
      /^(?:workqueue_depth|controller_runtime_active_workers)\{.*\} (\S+)$/gm,
    );
    const counts = [...samples].map(([, value]) => Number(value));
    return counts.length > 0 && counts.every((count) => count === 0) ? true : undefined;
  });
}

/** Objects of a unit that are not in the cluster as they are in Git. */
function differences(unit: Unit, { sightings }: World): string[] {
  return unit.objects.flatMap((object) => {
    const id = idOf(object);
    const seen = sightings.present.get(id);
    if (!seen) return [`${id} is lost`];
    if (seen.value !== object.value) return [`${id} is '${seen.value}', not '${object.value}'`];
    const owner = keyOfUnit(unit);
    return seen.owner === owner ? [] : [`${id} belongs to ${seen.owner}, not to ${owner}`];
  });
}

function leftOver({ fleet, sightings }: World): string[] {
  const wanted = new Set(fleet.units.flatMap(({ objects }) => objects.map(idOf)));
  return [...sightings.present.keys()].filter((id) => !wanted.has(id)).map((id) => `${id} is left`);
}

function inventoryDifferences(unit: Unit, objects: ReadonlyMap<string, WithStatus>): string[] {
  const key = keyOfUnit(unit);
  const { status } = objects.get(key) ?? ({} as Partial<KubeObject> & WithStatus);
  const listed = parseInventory(status?.inventory?.entries).map(
    ({ kind, namespace, name }) => `${kind}/${namespace}/${name}`,
  );
  const wanted = unit.objects.map(idOf);
  const same = JSON.stringify(listed.sort()) === JSON.stringify(wanted.sort());
  return same ? [] : [`${key} lists ${listed.join(', ')} instead of ${wanted.join(', ')}`];
}

/** Objects that Git always held and nobody deleted, and that were deleted and made again. */
function madeAgain({ fleet, sightings, excused }: World): string[] {
  const objects = fleet.units.flatMap((unit) => unit.objects).map(idOf);
  return objects
    .filter((id) => !excused.has(id) && (sightings.uids.get(id)?.size ?? 0) > 1)
    .map((id) => `${id} was deleted and made again`);
}
