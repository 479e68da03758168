import { isRecord, setOwn } from '../../../base/json.ts';
import type { Item } from './item.ts';

/** Items as they come, each with whether it is a copy of an existing object. */
export interface Gathered {
  item: Item;
  isCopy: boolean;
}

/**
 * One item for each object: what is written for the same one is merged, the later over the earlier,
 * and all of it over a copy. Of several copies the first counts.
 */
export function mergeItems(gathered: readonly Gathered[]): Item[] {
  const items = new Map<string, Item>();
  const copies = gathered.filter(({ isCopy }) => isCopy);
  const written = gathered.filter(({ isCopy }) => !isCopy);
  for (const { item } of copies) if (!items.has(item.id)) items.set(item.id, item);
  for (const { item } of written) {
    const before = items.get(item.id);
    items.set(item.id, before ? mergeTwo(before, item) : item);
  }
  return [...items.values()];
}

function mergeTwo(before: Item, after: Item): Item {
  // Both are manifests of the same object.
  const object = mergeJson(before.object, after.object) as Item['object'];
  return { ...after, origin: before.origin, object };
}

/** `over` laid over `under`: maps are merged, anything else is replaced. */
export function mergeJson(under: unknown, over: unknown): unknown {
  if (!isRecord(under) || !isRecord(over)) return over === undefined ? under : over;
  const merged: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(under)) setOwn(merged, key, value);
  for (const [key, value] of Object.entries(over)) {
    const before = Object.hasOwn(under, key) ? under[key] : undefined;
    setOwn(merged, key, mergeJson(before, value));
  }
  return merged;
}
