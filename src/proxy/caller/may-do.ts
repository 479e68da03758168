import type { Clock } from '../../base/clock.ts';
import { createByteLru } from '../../base/lru.ts';
import { isUserAllowed, type ResourceAttributes } from '../../kube/access-review.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { Readiness } from '../forward/readiness.ts';
import { callerKey, type Caller } from './caller.ts';

/** Whether `caller` may do it: a SubjectAccessReview. Rejects when nobody can say. */
export type MayDo = (caller: Caller, attributes: ResourceAttributes) => Promise<boolean>;

/** Asks the API server. Its no counts once it is ready. */
export function createMayDo(
  client: Pick<KubeClient, 'raw'>,
  readiness: Pick<Readiness, 'assertReady'>,
): MayDo {
  return async (caller, attributes) => {
    const isAllowed = await isUserAllowed(client, caller, attributes);
    if (!isAllowed) await readiness.assertReady();
    return isAllowed;
  };
}

/** How long a right that was taken away may still count: as long as a revoked token does. */
export const rememberMs = 10_000;
const maxKnownBytes = 4 * 1024 * 1024;

/**
 * Asks `mayDo` once for the same caller and the same question: what was allowed is remembered briefly
 * and boundedly, whoever asks meanwhile waits for the same answer. Refusals are never remembered: who was
 * given a right need not wait for it.
 */
export function rememberAllowed(mayDo: MayDo, clock: Clock): MayDo {
  const known = createByteLru<{ allowed: Promise<boolean>; at: number }>(maxKnownBytes);
  return (caller, attributes) => {
    const { verb, group, resource, subresource, namespace, name } = attributes;
    const asked = [verb, group, resource, subresource, namespace, name];
    const key = JSON.stringify([callerKey(caller), asked.map((part) => part ?? null)]);
    const found = known.get(key);
    if (found && clock.now() - found.at < rememberMs) return found.allowed;
    const allowed = mayDo(caller, attributes);
    const entry = { allowed, at: clock.now() };
    known.set(key, entry, 2 * key.length + 200);
    const forget = () => {
      if (known.get(key) === entry) known.delete(key);
    };
    allowed.then((isAllowed) => {
      if (!isAllowed) forget();
    }, forget);
    return allowed;
  };
}
