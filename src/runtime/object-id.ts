import type { ObjectKey } from '../kube/object.ts';

/** Queue key of an object; JSON, because no character separates a namespace from a name for sure. */
export function idOf({ namespace = '', name }: ObjectKey): string {
  return JSON.stringify([namespace, name]);
}

/** The object of a queue key. */
export function keyFrom(id: string): ObjectKey {
  // Made by idOf.
  const [namespace, name] = JSON.parse(id) as [string, string];
  return namespace === '' ? { name } : { namespace, name };
}
