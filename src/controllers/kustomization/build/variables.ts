import { Reason } from '../../../api/reasons.ts';
import { retryable } from '../../../base/errors.ts';
import { isNotFound } from '../../../kube/api-error.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { configMapType, secretType } from '../../../kube/core-resources.ts';
import { formatRef } from '../../../api/kustomize/inventory.ts';
import { tellReadFailure } from '../ending/tell-failure.ts';
import type { Preparation } from '../work.ts';

const types = { ConfigMap: configMapType, Secret: secretType };
const maxReferences = 64;

type Reference = NonNullable<
  NonNullable<Preparation['spec']['postBuild']>['substituteFrom']
>[number];

/**
 * The variables of `spec.postBuild`: substituteFrom in order, later ones win, then the inline ones.
 * Read as the tenant, unlike upstream: whoever may write Kustomizations must not read, by way of a
 * manifest, Secrets that the account they name may not.
 */
export async function readVariables(work: Preparation): Promise<Record<string, string>> {
  const { substituteFrom = [], substitute = {} } = work.spec.postBuild ?? {};
  if (substituteFrom.length > maxReferences) {
    const message = `spec.postBuild.substituteFrom has more than ${maxReferences} entries`;
    throw retryable(Reason.BuildFailed, message);
  }
  const sources: [string, string][][] = [];
  for (const reference of substituteFrom) sources.push(await readReference(reference, work));
  return Object.fromEntries([...sources.flat(), ...Object.entries(substitute)]);
}

async function readReference(reference: Reference, work: Preparation): Promise<[string, string][]> {
  const { me, actor, run } = work;
  const { kind, name, optional } = reference;
  const key = { namespace: me.namespace, name };
  const ref = { group: '', version: 'v1', kind, ...key };
  try {
    const object = await actor.client.get(types[kind], key, { signal: run.signal });
    const values = valuesOf(object);
    if (kind === 'Secret') {
      const { uid, resourceVersion } = object.metadata;
      work.secretVersions.add(JSON.stringify([uid, resourceVersion]));
      for (const [, value] of values) work.secrets.add(value);
    }
    return values;
  } catch (error) {
    if (!isNotFound(error)) {
      throw await tellReadFailure(error, ref, work, Reason.BuildFailed);
    }
    if (optional) return [];
    const message = `${formatRef(ref)} of spec.postBuild.substituteFrom not found: create it, or mark it optional`;
    throw retryable(Reason.BuildFailed, message, { cause: error });
  }
}

/** `data` of a ConfigMap, decoded `data` of a Secret. */
function valuesOf({ kind, data }: KubeObject): [string, string][] {
  // Checked by the API server: a map of strings, base64 in a Secret.
  const entries = Object.entries((data ?? {}) as Record<string, string>);
  if (kind !== 'Secret') return entries;
  return entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]);
}
