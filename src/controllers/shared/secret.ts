import { Reason } from '../../api/reasons.ts';
import { retryable } from '../../base/errors.ts';
import { isNotFound } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import { secretType } from '../../kube/core-resources.ts';

/** How soon a Secret that is missing or incomplete is looked at again. */
export const secretRetryMs = 30_000;

/**
 * The values of one Secret, by key. Messages name the Secret and its keys, never a value; they are
 * retryable, because filling the Secret helps and the object's spec need not change.
 */
export interface SecretValues {
  /** The first of `keys` that the Secret has and that is not empty, as text. */
  text(...keys: [string, ...string[]]): string | undefined;
  /** As {@link text}, for values that go into a header or a line-based protocol. */
  line(key: string): string | undefined;
  /** AuthenticationFailed about this Secret: `says` completes "Secret 'ns/name' …". */
  failure(says: string): Error;
}

/** Reads a Secret that an object refers to, in the object's own namespace and nowhere else. */
export async function readSecret(
  client: Pick<KubeClient, 'get'>,
  key: { namespace: string; name: string },
  signal: AbortSignal,
): Promise<SecretValues> {
  try {
    return secretValues(await client.get(secretType, key, { signal }));
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const message = `Secret '${key.namespace}/${key.name}' not found: create it or correct the reference`;
    throw retryable(Reason.AuthenticationFailed, message, {
      cause: error,
      afterMs: secretRetryMs,
    });
  }
}

/** The values of a Secret as the API server returns it: base64 below `data`. */
export function secretValues(secret: KubeObject): SecretValues {
  const { namespace, name } = secret.metadata;
  // v1 Secret: the API server has checked that `data` maps strings to base64.
  const data = (secret['data'] ?? {}) as Record<string, string>;
  const failure = (says: string) =>
    retryable(Reason.AuthenticationFailed, `Secret '${namespace}/${name}' ${says}`, {
      afterMs: secretRetryMs,
    });
  const text = (...keys: string[]) => {
    const key = keys.find((each) => Object.hasOwn(data, each) && data[each]);
    return key === undefined ? undefined : Buffer.from(data[key] ?? '', 'base64').toString();
  };
  return {
    text,
    failure,
    line(key) {
      const value = text(key);
      if (value !== undefined && /[\r\n\0]/.test(value)) {
        throw failure(`has key '${key}' with a line break: store the value without one`);
      }
      return value;
    },
  };
}
