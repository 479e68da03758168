import type { ProcessedItem } from '../../../api/capsule/replication.ts';
import { toTimestamp } from '../../../base/clock.ts';
import { redact } from '../../../base/redact.ts';
import type { Applied } from './apply-item.ts';
import { describeItem, type Item, type Refused } from './item.ts';

const maxMessage = 1_024;

/** An item that is as it should be. */
export function appliedItem(
  item: Item,
  known: ProcessedItem | undefined,
  { uid, isMade, written }: Extract<Applied, { result: 'right' }>,
  nowMs: number,
): ProcessedItem {
  const { lastApply } = known?.status ?? {};
  const at = written || lastApply === undefined ? toTimestamp(nowMs) : lastApply;
  return {
    ...describeItem(item),
    status: {
      ...(!item.type.namespaced && { clusterScoped: true }),
      ...(isMade && { created: true }),
      lastApply: at,
      status: 'True',
      type: 'Ready',
      uid,
    },
  };
}

/** An item that is not; what is known of it from before stays, because it may have to be deleted. */
export function failedItem(
  item: Item,
  known: ProcessedItem | undefined,
  why: string,
): ProcessedItem {
  return {
    ...describeItem(item),
    status: {
      ...(!item.type.namespaced && { clusterScoped: true }),
      ...known?.status,
      message: messageFrom(why),
      status: 'False',
      type: 'Ready',
    },
  };
}

/** An item that was never one, if enough is known of it to name it. */
export function refusedItem({ piece, about, why }: Refused): ProcessedItem[] {
  if (!about) return [];
  const { apiVersion, kind, name, namespace } = about;
  const slash = apiVersion.lastIndexOf('/');
  return [
    {
      ...(slash > 0 && { group: apiVersion.slice(0, slash) }),
      kind,
      name,
      ...(namespace !== undefined && { namespace }),
      origin: piece.origin,
      tenant: piece.tenant,
      version: apiVersion.slice(slash + 1),
      status: { message: messageFrom(why), status: 'False', type: 'Ready' },
    },
  ];
}

/** Always in the same order, so that a status which says the same is the same. */
export function sortItems(items: readonly ProcessedItem[]): ProcessedItem[] {
  const keyed = items.map((item) => {
    const { tenant = '', namespace = '', group = '', kind = '', name = '', origin = '' } = item;
    return { item, key: [tenant, namespace, group, kind, name, origin].join('\u0000') };
  });
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return keyed.map(({ item }) => item);
}

function messageFrom(why: string): string {
  return redact(why).slice(0, maxMessage);
}
