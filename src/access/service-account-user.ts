import type { ObjectKey } from '../kube/object.ts';

const pattern =
  /^system:serviceaccount:([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?):([a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?)$/;

/**
 * The ServiceAccount behind an authenticated user name, as a TokenReview gives it. Undefined for
 * anything else: a person, a node, a name that only looks like one.
 */
export function parseServiceAccountUser(user: string): Required<ObjectKey> | undefined {
  const [, namespace, name] = pattern.exec(user) ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}

/** The user name of a ServiceAccount. */
export function serviceAccountUser(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`;
}
