import { randomUUID } from 'node:crypto';
import { isAllowed } from '../../kube/access-review.ts';
import { isNotFound } from '../../kube/api-error.ts';
import { sleep, type Clock } from '../../base/clock.ts';
import type { KubeClient } from '../../kube/client.ts';
import { keyOf, type KubeObject } from '../../kube/object.ts';
import { roleBindingType } from '../shared/rbac-resources.ts';

export interface BorrowDeps {
  client: KubeClient;
  clock: Clock;
  /** ClusterRole that has the right. */
  role: string;
  /** Who is to have it. */
  account: { namespace: string; name: string };
}

const group = 'rbac.authorization.k8s.io';
const attempts = 50;
const pauseMs = 100;

/**
 * Makes a function that gives an account the right to patch whatever is in a namespace, until it is
 * disposed of: no process has it all the time, and none in all namespaces. Nothing happens for who may
 * anyhow.
 */
export function borrowRight({ client, clock, role, account }: BorrowDeps) {
  const mayPatch = (namespace: string, signal: AbortSignal) =>
    isAllowed(client, { verb: 'patch', group: '*', resource: '*', namespace }, { signal });

  /** Those of an earlier attempt that was killed are among them. */
  async function giveBack(namespace: string, signal: AbortSignal): Promise<void> {
    const { items } = await client.list<Binding>(roleBindingType, { namespace, signal });
    for (const binding of items) {
      if (!isOurs(binding)) continue;
      const { uid } = binding.metadata;
      const preconditions = uid === undefined ? {} : { preconditions: { uid } };
      await client
        .delete(roleBindingType, keyOf(binding), { ...preconditions, signal })
        .catch((error: unknown) => {
          if (!isNotFound(error)) throw error;
        });
    }
  }

  const isOurs = ({ roleRef, subjects = [] }: Binding) =>
    roleRef?.kind === 'ClusterRole' &&
    roleRef.name === role &&
    subjects.length === 1 &&
    subjects[0]?.name === account.name &&
    subjects[0].namespace === account.namespace;

  return async (namespace: string, signal: AbortSignal): Promise<AsyncDisposable> => {
    if (await mayPatch(namespace, signal)) return { [Symbol.asyncDispose]: async () => {} };
    const binding: Binding = {
      apiVersion: `${group}/v1`,
      kind: 'RoleBinding',
      // A name that one could know, somebody could have taken.
      metadata: { name: `tenantry-labels-${randomUUID().slice(0, 8)}`, namespace },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'ServiceAccount', ...account }],
    };
    await client.create(roleBindingType, binding, { signal });
    const borrowed = { [Symbol.asyncDispose]: () => giveBack(namespace, signal) };
    for (let attempt = 0; attempt < attempts; attempt++) {
      if (await mayPatch(namespace, signal)) return borrowed;
      await sleep(clock, pauseMs, signal);
    }
    await giveBack(namespace, signal);
    throw new Error(`ClusterRole '${role}' does not let objects be labelled: install it anew`);
  };
}

interface Binding extends KubeObject {
  roleRef?: { apiGroup: string; kind: string; name: string };
  subjects?: { kind: string; name: string; namespace?: string }[];
}
