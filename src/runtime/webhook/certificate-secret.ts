import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { isConflict } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../../kube/object.ts';
import { readIfThere } from '../../kube/read-if-there.ts';
import { secretData, secretText } from '../../kube/secrets.ts';
import { listWatch } from '../../kube/watch.ts';
import { dueCertificate, type KeptCertificate } from './due-certificate.ts';
import { holdCertificate, type ServingCertificates } from './serving-certificates.ts';

const secretType: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
};

/** The keys of a Secret, as cert-manager names the first three. */
const usualKeys = {
  certPem: 'tls.crt',
  keyPem: 'tls.key',
  caPem: 'ca.crt',
  caKeyPem: 'ca.key',
} as const;

type SecretKeys = Record<keyof KeptCertificate, string>;

/** How often it is looked whether the certificate is due. */
const lookMs = 6 * 60 * 60_000;

export interface CertificateSecretOptions {
  client: KubeClient;
  /** The Secret; made when it is not there. */
  secret: Required<ObjectKey>;
  /** Key of the authority's certificate; `ca.crt` unless said. */
  caKey?: string;
  /** DNS names and IPv4 addresses of the server, as they are now. */
  names(): readonly string[];
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

/** A certificate that is kept in a Secret. */
export interface SecretCertificates extends ServingCertificates {
  /** Looks whether another certificate is due: the names have changed. Never rejects. */
  look(): Promise<void>;
}

/**
 * Keeps a server's certificate and its authority in a Secret. Every replica may write it, exactly
 * one does, and all serve what is there: with the first answer, and whenever it changes.
 */
export async function keepCertificateSecret(
  options: CertificateSecretOptions,
): Promise<SecretCertificates> {
  const { log, signal, clock } = options;
  const held = holdCertificate(await current(options));
  const look = () =>
    current(options).then(held.renew, (error: unknown) => {
      // What is served stays good for weeks: the next look will do.
      if (!signal.aborted) log.error('the certificate of the server cannot be kept', error);
    });
  const again = () => {
    if (!signal.aborted) clock.after(lookMs, () => void look().then(again));
  };
  again();
  follow(options, look).catch((error: unknown) => {
    log.error('the certificate of the server is no longer watched', error);
  });
  return { ...held, look };
}

/** Calls `look` when the Secret changes. */
async function follow(options: CertificateSecretOptions, look: () => Promise<void>) {
  const { client, secret, signal, log, clock } = options;
  const observations = listWatch({
    client,
    type: secretType,
    namespace: secret.namespace,
    fieldSelector: `metadata.name=${secret.name}`,
    metadataOnly: true,
    signal,
    log,
    clock,
  });
  for await (const { type } of observations) if (type !== 'failed') await look();
}

/** What the Secret holds, once it is not due. */
async function current(options: CertificateSecretOptions): Promise<KeptCertificate> {
  const { client, secret, caKey, names, clock, signal } = options;
  const keys = { ...usualKeys, ...(caKey !== undefined && { caPem: caKey }) };
  for (;;) {
    const stored = await read(options);
    const kept = stored ? keptIn(stored, keys) : {};
    const due = dueCertificate(kept, { names: names(), nowMs: clock.now() });
    // Nothing is due only when all of it is there.
    if (!due) return kept as KeptCertificate;
    try {
      const object = secretOf(due, { secret, keys, stored });
      if (stored) await client.replace(secretType, object, { signal });
      else await client.create(secretType, object, { signal });
      return due;
    } catch (error) {
      // Another replica was first: what it wrote counts.
      if (!isConflict(error)) throw error;
    }
  }
}

function read({ client, secret, signal }: CertificateSecretOptions) {
  return readIfThere(client, secretType, secret, { signal });
}

function keptIn(stored: KubeObject, keys: SecretKeys): Partial<KeptCertificate> {
  try {
    const data = secretData(stored);
    const entries = Object.entries(keys).map(([field, key]) => [field, secretText(data, key)]);
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as object;
  } catch {
    // Somebody wrote something else there: as good as nothing.
    return {};
  }
}

function secretOf(
  kept: KeptCertificate,
  place: { secret: Required<ObjectKey>; keys: SecretKeys; stored: KubeObject | undefined },
): KubeObject {
  const { secret, keys, stored } = place;
  const { namespace, name } = secret;
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const data = Object.entries(keys).map(([field, key]) => [
    key,
    base64(kept[field as keyof SecretKeys]),
  ]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    ...(stored ? { type: stored['type'] } : { type: 'kubernetes.io/tls' }),
    metadata: stored?.metadata ?? { namespace, name },
    data: { ...(stored?.['data'] as object | undefined), ...Object.fromEntries(data) },
  };
}
