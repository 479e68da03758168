import type { KubeObject } from '../../kube/object.ts';

/**
 * Decodes each object of a kind once: objects in caches are replaced, never changed. What cannot be
 * read is undefined; its own status says why.
 */
export function readOnce<T>(kind: {
  decode(object: KubeObject): T;
}): (object: KubeObject) => T | undefined {
  const known = new WeakMap<KubeObject, { read: T | undefined }>();
  return (object) => {
    const before = known.get(object);
    if (before) return before.read;
    const read = attempt(() => kind.decode(object));
    known.set(object, { read });
    return read;
  };
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
