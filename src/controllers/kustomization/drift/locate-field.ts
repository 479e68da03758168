import { isRecord } from '../../../base/json.ts';
import { arrayIndex, type JsonPointer } from '../../../kube/json-pointer.ts';
import type { KubeObject } from '../../../kube/object.ts';

/** Where a pointer leads: in a manifest, in the object as it is, and in field sets. */
export interface FieldPlace {
  wanted: readonly (string | number)[];
  live: readonly (string | number)[];
  /** Keys of FieldsV1: `f:spec`, `k:{"name":"web"}`. */
  keys: readonly string[];
}

/**
 * Follows a pointer that is meant for a manifest. The elements of a list may be in another order,
 * or more, in the cluster: where field sets say by which keys the list is one, the same element is
 * found by them, and else by its index. Undefined where no such element is.
 */
export function locateField(
  pointer: JsonPointer,
  { wanted, live }: { wanted: KubeObject; live: KubeObject },
): FieldPlace | undefined {
  let nodes: [unknown, unknown] = [wanted, live];
  let sets: unknown[] = (live.metadata.managedFields ?? []).map(({ fieldsV1 }) => fieldsV1);
  const place = {
    wanted: [] as (string | number)[],
    live: [] as (string | number)[],
    keys: [] as string[],
  };
  for (const token of pointer) {
    const [inWanted, inLive] = nodes;
    const list = [inWanted, inLive].find((node) => Array.isArray(node)) as unknown[] | undefined;
    const step = list ? stepInList(token, nodes, sets) : { at: [token, token], key: `f:${token}` };
    if (!step) return undefined;
    const [wantedAt, liveAt] = step.at as [string | number, string | number];
    place.wanted.push(wantedAt);
    place.live.push(liveAt);
    place.keys.push(step.key);
    nodes = [childOf(inWanted, wantedAt), childOf(inLive, liveAt)];
    sets = sets.map((set) => childOf(set, step.key)).filter((set) => set !== undefined);
  }
  return place;
}

interface Step {
  at: (string | number)[];
  key: string;
}

function stepInList(
  token: string,
  [inWanted, inLive]: [unknown, unknown],
  sets: readonly unknown[],
): Step | undefined {
  const index = arrayIndex(token);
  if (index === undefined) return undefined;
  const element = childOf(inWanted ?? inLive, index);
  if (element === undefined) return undefined;
  for (const { key, matches } of keysOf(sets)) {
    if (!matches(element)) continue;
    const found = Array.isArray(inLive) ? inLive.findIndex(matches) : -1;
    return { at: [index, found === -1 ? index : found], key };
  }
  // A list that is owned as a whole, which has no keys below it.
  return { at: [index, index], key: `i:${index}` };
}

interface ElementKey {
  key: string;
  matches(element: unknown): boolean;
}

/** By which keys the elements of a list are known, as far as field sets tell. */
function keysOf(sets: readonly unknown[]): ElementKey[] {
  return sets.flatMap((set) => {
    if (!isRecord(set)) return [];
    const known = elementKeys.get(set);
    if (known) return known;
    const keys = readKeys(set);
    elementKeys.set(set, keys);
    return keys;
  });
}

/** Of a set, read once however many pointers lead through it. */
const elementKeys = new WeakMap<object, ElementKey[]>();

function readKeys(set: Readonly<Record<string, unknown>>): ElementKey[] {
  return Object.keys(set).flatMap((key) => {
    const facts = key.startsWith('k:') ? parse(key.slice(2)) : undefined;
    if (!isRecord(facts)) return [];
    const pairs = Object.entries(facts);
    const matches = (element: unknown) =>
      isRecord(element) &&
      // A manifest may leave out what is defaulted, as the protocol of a port.
      pairs.every(([name, value]) => element[name] === undefined || element[name] === value) &&
      pairs.some(([name, value]) => element[name] === value);
    return [{ key, matches }];
  });
}

/** A member of a map or a list; never what a prototype has. */
export function childOf(node: unknown, at: string | number): unknown {
  if (typeof at === 'number') return Array.isArray(node) ? (node[at] as unknown) : undefined;
  return isRecord(node) && Object.hasOwn(node, at) ? node[at] : undefined;
}

/** What is at a place; undefined where nothing is. */
export function valueAt(node: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce(childOf, node);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
