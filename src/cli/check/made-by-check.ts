import type { KubeClient } from '../../kube/client.ts';
import { isNotFound } from '../../kube/api-error.ts';
import type { KubeObject } from '../../kube/object.ts';
import { NotServedError, typeOf } from './target.ts';
import { waitUntil } from './wait-until.ts';

/** On everything that a check made: the run. */
export const checkLabel = 'tenantry.dev/check';

/** What a check makes outside namespaces, or what must be gone before its namespace goes. */
const madeKinds = {
  /** What deploys ends as an account in its namespace: first, and while all is still there. */
  deploying: [
    { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization' },
    { apiVersion: 'capsule.clastix.io/v1beta2', kind: 'TenantResource' },
  ],
  rest: [
    { apiVersion: 'v1', kind: 'Namespace' },
    { apiVersion: 'capsule.clastix.io/v1beta2', kind: 'Tenant' },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' },
  ],
} as const;

export interface CleanUpOptions {
  /** Which of what checks made; all by default. */
  isMeant?: (object: KubeObject) => boolean;
  signal: AbortSignal;
  /** How long to wait until it is gone. */
  seconds?: number;
}

/**
 * Deletes what checks made, by their label, and waits until it is gone. Resolves with what is still
 * being deleted.
 */
export async function cleanUp(
  admin: KubeClient,
  { isMeant = () => true, signal, seconds = 60 }: CleanUpOptions,
): Promise<string[]> {
  for (const kinds of [madeKinds.deploying, madeKinds.rest]) {
    const found = await findMade(admin, kinds, isMeant, signal);
    await Promise.all(found.map((object) => remove(admin, object, signal)));
    const left = () => findMade(admin, kinds, isMeant, signal);
    const gone = async () => (await left()).length === 0;
    if (await waitUntil(gone, { seconds, signal })) continue;
    if (kinds === madeKinds.rest) return (await left()).map(nameOf);
  }
  return [];
}

const nameOf = ({ kind, metadata }: KubeObject) => `${kind.toLowerCase()}/${metadata.name}`;

async function findMade(
  admin: KubeClient,
  kinds: readonly { apiVersion: string; kind: string }[],
  isMeant: (object: KubeObject) => boolean,
  signal: AbortSignal,
): Promise<KubeObject[]> {
  const lists = await Promise.all(
    kinds.map(async ({ apiVersion, kind }) => {
      const type = await typeIfServed(admin, { apiVersion, kind });
      if (!type) return [];
      const { items } = await admin.list(type, { labelSelector: checkLabel, signal });
      return items.map((item) => ({ ...item, apiVersion, kind }));
    }),
  );
  return lists.flat().filter(isMeant);
}

async function typeIfServed(admin: KubeClient, of: { apiVersion: string; kind: string }) {
  try {
    return await typeOf(admin, of);
  } catch (error) {
    if (error instanceof NotServedError) return undefined;
    throw error;
  }
}

async function remove(admin: KubeClient, object: KubeObject, signal: AbortSignal): Promise<void> {
  const { name, namespace, uid } = object.metadata;
  const key = { name, ...(namespace !== undefined && { namespace }) };
  try {
    const preconditions = uid === undefined ? {} : { preconditions: { uid } };
    await admin.delete(await typeOf(admin, object), key, { ...preconditions, signal });
  } catch (error) {
    // It has gone meanwhile; with a precondition the API server may call that a conflict.
    if (!isNotFound(error)) throw error;
  }
}

/** Whether an earlier run left it: no run goes on for longer than `maxAgeMs`. */
export function isLeftBehind({ metadata }: KubeObject, now: number, maxAgeMs: number): boolean {
  const made = Date.parse(metadata.creationTimestamp ?? '');
  return Number.isFinite(made) && now - made > maxAgeMs;
}
