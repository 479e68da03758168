import { referenceId, type KubeObject, type ResourceType } from '../../kube/object.ts';
import { converge } from '../shared/converge.ts';
import { claimObject, type ClaimOptions } from './claim-objects.ts';
import type { EquipmentIndex } from './equipment-index.ts';

/** What making and taking away need. */
export interface EquipOptions extends ClaimOptions {
  index: EquipmentIndex;
}

/**
 * Makes the objects of a kind what they should be for an account, as far as they are its; answers with
 * what could not be made, and why. No request when nothing differs.
 */
export async function makeObjects(
  type: ResourceType,
  objects: readonly KubeObject[],
  options: EquipOptions,
): Promise<string[]> {
  const { account, client, equipment, fieldManager, index, signal } = options;
  const known = new Map(
    index.of(account).map((piece) => [referenceId(piece.type, piece.object.metadata), piece]),
  );
  const taken: string[] = [];
  const present: KubeObject[] = [];
  const desired: KubeObject[] = [];
  for (const object of objects) {
    const live = known.get(referenceId(type, object.metadata))?.object;
    const claimed = live
      ? ({ is: 'ours', object: live } as const)
      : await claimObject(type, object, options);
    if (claimed.is === 'taken') taken.push(claimed.why);
    if (claimed.is !== 'ours') continue;
    present.push(claimed.object);
    desired.push(object);
  }
  await converge({ type, desired, present }, { client, caches: equipment, fieldManager, signal });
  return taken;
}

/** Takes away what an account has got, but what is in `wanted`; the role goes last. */
export async function takeAway(
  { account, client, equipment, fieldManager, index, signal }: EquipOptions,
  wanted: ReadonlySet<string> = new Set(),
): Promise<void> {
  const options = { client, caches: equipment, fieldManager, signal };
  const pieces = index
    .of(account)
    .filter(({ type, object }) => !wanted.has(referenceId(type, object.metadata)))
    .reverse();
  for (const { type, object } of pieces) {
    await converge({ type, desired: [], present: [object] }, options);
  }
}

/** How {@link takeAway} knows what an account is to keep. */
export function idsOf(wanted: ReadonlyMap<ResourceType, readonly KubeObject[]>): Set<string> {
  return new Set(
    [...wanted].flatMap(([type, objects]) =>
      objects.map(({ metadata }) => referenceId(type, metadata)),
    ),
  );
}
