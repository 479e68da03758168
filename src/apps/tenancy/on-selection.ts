import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../kube/object.ts';
import type { ReadCache } from '../../runtime/cache/read-cache.ts';

/** Calls back when selectors may select other namespaces: one has other labels, is new, or ends. */
export function onSelection(namespaces: ReadCache<KubeObject>, listener: () => void): void {
  namespaces.onChange(({ before, after }) => {
    const isSame = isDeepStrictEqual(before?.metadata.labels, after?.metadata.labels);
    const isGoing = after?.metadata.deletionTimestamp !== before?.metadata.deletionTimestamp;
    if (!isSame || isGoing) listener();
  });
}
