import { namespaceType } from '../../kube/core-resources.ts';
import { Tenant } from '../../api/capsule/tenant.ts';
import { tenantLabel } from '../../access/tenancy/vocabulary.ts';
import { KubeApiError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { Attempt } from './attempt.ts';

/** What the Tenant that a request is about says of itself. */
export interface TenantFacts {
  tenant: string;
  state: string;
  namespaces: number;
  /** Absent where there is no limit. */
  quota?: number;
  owners: string[];
}

/**
 * The Tenant that the request is about, as the caller of the command may read it: nothing where the
 * caller may not, whether or not there is one.
 */
export async function readTenantFacts(
  client: KubeClient,
  attempt: Attempt,
  signal: AbortSignal,
): Promise<TenantFacts | undefined> {
  try {
    const name = await tenantOf(client, attempt, signal);
    if (name === undefined) return undefined;
    const tenant = Tenant.decode(await client.get(Tenant.type, { name }, { signal }));
    const { quota } = tenant.spec.namespaceOptions ?? {};
    return {
      tenant: name,
      state: tenant.status?.state ?? 'not reconciled yet',
      namespaces: tenant.status?.size ?? 0,
      ...(quota !== undefined && { quota }),
      owners: (tenant.status?.owners ?? []).map((owner) => `${owner.kind} ${owner.name}`),
    };
  } catch (error) {
    if (error instanceof KubeApiError) return undefined;
    throw error;
  }
}

/** Of a namespace the label that is asked for, or the one it has; of anything else that of its namespace. */
async function tenantOf(client: KubeClient, attempt: Attempt, signal: AbortSignal) {
  const isNamespace = attempt.type.group === '' && attempt.type.kind === namespaceType.kind;
  const asked = isNamespace ? attempt.object?.metadata.labels?.[tenantLabel] : undefined;
  if (asked !== undefined) return asked;
  const name = isNamespace ? attempt.key?.name : (attempt.key?.namespace ?? attempt.namespace);
  if (name === undefined) return undefined;
  const namespace = await client.get<KubeObject>(namespaceType, { name }, { signal });
  return namespace.metadata.labels?.[tenantLabel];
}
