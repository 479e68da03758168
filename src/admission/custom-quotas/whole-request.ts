import type { HeldQuota } from '../../access/quotas/custom/held-quota.ts';
import { isRecord } from '../../base/json.ts';
import type { KubeClient } from '../../kube/client.ts';
import { apiVersionOf, type KubeObject, type ResourceType } from '../../kube/object.ts';
import type { AdmissionRequest } from '../request.ts';

/**
 * A request for another scale as the update of the object that it is: what is sent is a Scale, which says
 * of the object only how many replicas it has. Undefined where the object keeps them elsewhere than in
 * `spec.replicas`: that is counted afterwards.
 */
export async function wholeRequest(
  request: AdmissionRequest,
  quotas: readonly HeldQuota[],
  client: KubeClient,
): Promise<AdmissionRequest | undefined> {
  if (request.subResource !== 'scale') return request;
  const type = await typeOf(request, quotas, client);
  const stored = type && (await read(type, request, client));
  if (!type || !stored || !isRecord(stored['spec'])) return undefined;
  if (typeof stored['spec']['replicas'] !== 'number') return undefined;
  const { group, version, kind } = type;
  return {
    ...request,
    kind: { group, version, kind },
    object: scaledAs(stored, request.object),
    oldObject: scaledAs(stored, request.oldObject),
  };
}

/** The kind of the resource, as one of the quotas names it. */
async function typeOf(
  { resource }: AdmissionRequest,
  quotas: readonly HeldQuota[],
  { discovery }: KubeClient,
): Promise<ResourceType | undefined> {
  const sources = quotas
    .flatMap(({ compiled }) => compiled.sources)
    .filter(({ group }) => group === resource.group);
  for (const source of sources) {
    const type = await discovery.resourceFor(apiVersionOf(source), source.kind);
    if (type?.plural === resource.resource) return type;
  }
  return undefined;
}

/** By a list: the control plane may list what it counts, and need not be able to get it. */
async function read(
  type: ResourceType,
  { name, namespace = '' }: AdmissionRequest,
  client: KubeClient,
): Promise<KubeObject | undefined> {
  const fieldSelector = `metadata.name=${name}`;
  const { items } = await client.list(type, { namespace, fieldSelector });
  return items[0];
}

function scaledAs(stored: KubeObject, scale: KubeObject | undefined): KubeObject {
  // Both have a spec: the API server decoded the one, the caller looked at the other.
  const [spec, wanted] = [stored['spec'], scale?.['spec']] as Record<string, unknown>[];
  return { ...stored, spec: { ...spec, replicas: wanted?.['replicas'] ?? 0 } };
}
