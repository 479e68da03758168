import { parseJson, stringifyJson } from '../../base/json.ts';
import type { KubeObject } from '../../kube/object.ts';
import { claimAnnotation } from '../annotations.ts';
import { decodeStatus } from '../decode.ts';
import { KustomizationStatus } from './status.ts';

type Inventory = NonNullable<KustomizationStatus['inventory']>;

interface WithInventory extends KubeObject {
  status?: KustomizationStatus | undefined;
}

/** Longer claims are the status's: an annotation stays, and travels with every later write. */
const maxClaimChars = 4096;

/**
 * The annotation by which the write that adds the finalizer says what is about to be applied, as the
 * inventory will be; none for an object that has an inventory, or for one that would be too long.
 * It names the object's uid, so that it says nothing of one it was copied to.
 */
export function claimAnnotations(
  { metadata: { uid }, status }: WithInventory,
  inventory: Inventory,
): Record<string, string> {
  if (status?.inventory !== undefined) return {};
  const claim = stringifyJson({ uid, inventory });
  return claim.length > maxClaimChars ? {} : { [claimAnnotation]: claim };
}

/**
 * The object with what it claimed as its inventory, until its status has one. Whoever may write the
 * object may claim anything: a claim, like an inventory, deletes nothing that is not proven ours.
 */
export function withClaim<T extends WithInventory>(object: T): T {
  const claim = object.metadata.annotations?.[claimAnnotation];
  if (claim === undefined || object.status?.inventory !== undefined) return object;
  const inventory = parseClaim(claim, object.metadata.uid);
  return inventory === undefined ? object : { ...object, status: { ...object.status, inventory } };
}

function parseClaim(text: string, uid: string | undefined): Inventory | undefined {
  if (text.length > maxClaimChars) return undefined;
  try {
    const claim = parseJson(text) as { uid?: unknown; inventory?: unknown } | null;
    if (claim?.uid !== uid) return undefined;
    return decodeStatus(KustomizationStatus, { inventory: claim?.inventory })?.inventory;
  } catch {
    // Somebody else wrote it.
    return undefined;
  }
}
