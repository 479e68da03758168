import { setImmediate } from 'node:timers/promises';
import type { CompiledQuota } from '../../../access/quotas/custom/compile-quota.ts';
import { countObject, UncountableError } from '../../../access/quotas/custom/count-object.ts';
import type { QuotaExpressions } from '../../../access/quotas/custom/quota-expression.ts';
import { clampQuantity } from '../../../access/quotas/custom/custom-ledger.ts';
import type { QuotaClaim } from '../../../api/capsule/custom-quota-spec.ts';
import {
  formatKey,
  keyOf,
  referenceId,
  type KubeObject,
  type ResourceType,
} from '../../../kube/object.ts';
import {
  addQuantities,
  formatQuantity,
  zeroQuantity,
  type Quantity,
} from '../../../kube/quantity.ts';

/** How long objects are looked at before others get their turn. */
const turnMs = 10;

/** What was found of objects that have not changed since; of one generation of a quota. */
export type Known = WeakMap<KubeObject, Found>;
type Found = { usage?: Quantity } | { fault: string };

export interface Counting {
  quota: CompiledQuota;
  /** Whose objects: of these kinds, in these namespaces. */
  objects: readonly { type: ResourceType; items: readonly KubeObject[] }[];
  expressions: QuotaExpressions;
  tenant: string;
  known: Known;
  signal: AbortSignal;
}

/** What there is of a quota. */
export interface Usage {
  /** Never less than nothing. */
  used: Quantity;
  /** All objects that are counted, sorted. */
  claims: QuotaClaim[];
  /** Why an object could not be counted, by its name. */
  faults: string[];
  /** What each object is counted for, by {@link referenceId}. */
  byObject: ReadonlyMap<string, Quantity>;
}

/** Counts all objects; those that have not changed are not looked at again. */
export async function countUsage(counting: Counting): Promise<Usage> {
  let sum = zeroQuantity;
  let since = performance.now();
  const [claims, faults] = [[] as QuotaClaim[], [] as string[]];
  const byObject = new Map<string, Quantity>();
  for (const { type, items } of counting.objects) {
    for (const object of items.filter(isThere)) {
      if (performance.now() - since > turnMs) {
        await setImmediate();
        since = performance.now();
      }
      counting.signal.throwIfAborted();
      const found = await find(type, object, counting);
      if ('fault' in found) faults.push(`${formatKey(keyOf(object))}: ${found.fault}`);
      else if (found.usage) {
        sum = addQuantities(sum, found.usage);
        const usage = clampQuantity(found.usage);
        byObject.set(referenceId(type, object.metadata), usage);
        claims.push(claimOf(type, object, usage));
      }
    }
  }
  claims.sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  return { used: clampQuantity(sum), claims, faults, byObject };
}

/** What is being deleted, and waits for nobody, is as good as gone. */
const isThere = ({ metadata: { deletionTimestamp, finalizers = [] } }: KubeObject) =>
  deletionTimestamp === undefined || finalizers.length > 0;

async function find(type: ResourceType, object: KubeObject, counting: Counting): Promise<Found> {
  const before = counting.known.get(object);
  if (before) return before;
  const { quota, expressions, tenant, signal } = counting;
  const found = await countObject(quota, { kind: type, object }, (asked) =>
    expressions.evaluate(asked, object, { tenant, signal }),
  ).then(
    (usage): Found => (usage ? { usage } : {}),
    (error: unknown): Found => {
      if (error instanceof UncountableError) return { fault: error.message };
      throw error;
    },
  );
  counting.known.set(object, found);
  return found;
}

function claimOf(
  { group, version, kind }: ResourceType,
  { metadata }: KubeObject,
  usage: Quantity,
): QuotaClaim {
  const { name, namespace, uid = '' } = metadata;
  const place = namespace === undefined ? {} : { namespace };
  return { group, version, kind, name, ...place, uid, usage: formatQuantity(usage) };
}

const sortKey = ({ namespace = '', kind, name }: QuotaClaim) =>
  JSON.stringify([namespace, kind, name]);
