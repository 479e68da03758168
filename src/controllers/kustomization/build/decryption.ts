import { Reason } from '../../../api/reasons.ts';
import { formatRef } from '../../../api/kustomize/inventory.ts';
import { retryable } from '../../../base/errors.ts';
import type { Decryption } from '../../../engines/sops/key-service.ts';
import { isNotFound } from '../../../kube/api-error.ts';
import type { KubeClient } from '../../../kube/client.ts';
import { formatKey, type ObjectKey } from '../../../kube/object.ts';
import { secretType } from '../../../kube/core-resources.ts';
import { tellReadFailure } from '../ending/tell-failure.ts';
import type { Preparation } from '../work.ts';
import { unwrapFor } from './unwrap.ts';
import type { DecryptionKeys } from './decryption-keys.ts';

/**
 * What the Kustomization's encrypted files are opened with; undefined without `spec.decryption`.
 * Its Secret is read as the tenant, unlike upstream: a key that the account may not read must not
 * be of use to it by way of a manifest.
 */
export async function readDecryption(work: Preparation): Promise<Decryption | undefined> {
  const { spec } = work;
  if (!spec.decryption) return undefined;
  const { secretRef } = spec.decryption;
  const keys = secretRef ? await readOwn(secretRef.name, work) : await readDefault(work);
  for (const value of keys.values()) work.secrets.add(value);
  const byEnd = (end: string) =>
    [...keys].filter(([name]) => name.endsWith(end)).map(([, value]) => value);
  // Of the platform's Secret only age keys: its credentials are not the tenants' to use.
  return {
    age: byEnd('.agekey'),
    pgp: secretRef ? byEnd('.asc') : [],
    unwrap: unwrapFor(secretRef ? keys : new Map(), work),
  };
}

async function readOwn(name: string, work: Preparation): Promise<DecryptionKeys> {
  const { me, actor, run } = work;
  const key = { namespace: me.namespace, name };
  const ref = { group: '', version: 'v1', kind: 'Secret', ...key };
  try {
    return await readKeys(actor.client, key, run.signal);
  } catch (error) {
    if (!isNotFound(error)) throw await tellReadFailure(error, ref, work, Reason.BuildFailed);
    const message = `${formatRef(ref)} of spec.decryption.secretRef not found: create it, or correct the name`;
    throw retryable(Reason.BuildFailed, message);
  }
}

async function readDefault({ deps, run }: Preparation): Promise<DecryptionKeys> {
  const { ageSecret } = deps.decryption;
  if (!ageSecret) return new Map();
  try {
    return await readKeys(deps.client, ageSecret, run.signal);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    // Tenants are not told its name.
    run.log.error('the Secret of --sops-age-secret is missing', error, {
      secret: formatKey(ageSecret),
    });
    const message = "the platform's decryption key is missing: ask the administrator";
    throw retryable(Reason.BuildFailed, message);
  }
}

async function readKeys(
  client: Pick<KubeClient, 'get'>,
  key: Required<ObjectKey>,
  signal: AbortSignal,
): Promise<DecryptionKeys> {
  const { data } = await client.get(secretType, key, { signal });
  // v1 Secret: the API server has checked that `data` maps strings to base64.
  const entries = Object.entries((data ?? {}) as Record<string, string>);
  return new Map(
    entries.map(([name, value]) => [name, Buffer.from(value, 'base64').toString().trim()]),
  );
}
