import { isAllowed } from '../../kube/access-review.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../../kube/object.ts';

/** What somebody would like to do. */
export interface Attempt {
  verb: string;
  type: ResourceType;
  /** Absent for verbs about a collection. */
  key?: ObjectKey;
  /** Where, of a collection; all namespaces if absent. */
  namespace?: string;
  /** Of create, apply and update. */
  object?: KubeObject;
}

const fieldManager = 'tenantry-explain';

/**
 * Asks the API server to do it, as whom the client acts, without doing it (`dryRun: All`): every ring
 * decides as it would. Verbs that change nothing, or that know no dry run, are asked of RBAC alone.
 *
 * @throws KubeApiError of the refusal
 */
export async function attempt(
  client: KubeClient,
  { verb, type, key, namespace, object }: Attempt,
  signal: AbortSignal,
): Promise<'allowed' | 'allowed by RBAC' | 'refused by RBAC'> {
  const write = { dryRun: true, signal };
  if (verb === 'create' && object) await client.create(type, object, write);
  else if (verb === 'apply' && object)
    await client.apply(type, object, { ...write, fieldManager, force: true });
  else if (verb === 'update' && object) await client.replace(type, object, write);
  else if (verb === 'delete' && key) await client.delete(type, key, write);
  else
    return review(
      client,
      { verb, type, ...(key && { key }), ...(namespace !== undefined && { namespace }) },
      signal,
    );
  return 'allowed';
}

async function review(
  client: KubeClient,
  { verb, type, key, namespace }: Attempt,
  signal: AbortSignal,
) {
  const where = key?.namespace ?? namespace;
  const attributes = {
    verb,
    group: type.group,
    resource: type.plural,
    ...(key && { name: key.name }),
    ...(where !== undefined && type.namespaced && { namespace: where }),
  };
  const allowed = await isAllowed(client, attributes, { signal });
  return allowed ? 'allowed by RBAC' : 'refused by RBAC';
}
