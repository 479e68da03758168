import type { X509Certificate } from 'node:crypto';
import type { Caller } from './caller.ts';

/** How the API server names the certificate that somebody came with, in its audit log. */
const credentialKey = 'authentication.kubernetes.io/credential-id';

/**
 * Whom a client certificate is of, as the API server has it: the common name is the user, each
 * organisation a group. Undefined for one without exactly one name, or that is not good now. That
 * somebody trusted issued it has been verified before.
 */
export function certificateCaller(certificate: X509Certificate, nowMs: number): Caller | undefined {
  if (!isGoodAt(certificate, nowMs)) return undefined;
  // The text form of a subject can be read in several ways; this one has its parts apart.
  const { subject } = certificate.toLegacyObject();
  const { CN: user, O: groups } = subject as { CN?: unknown; O?: unknown };
  if (typeof user !== 'string' || user === '') return undefined;
  const digest = certificate.fingerprint256.replaceAll(':', '').toLowerCase();
  return {
    user,
    groups: [...textsOf(groups), 'system:authenticated'],
    extra: { [credentialKey]: [`X509SHA256=${digest}`] },
  };
}

/** Whether it is neither too early for a certificate nor too late. */
export function isGoodAt({ validFromDate, validToDate }: X509Certificate, nowMs: number): boolean {
  return nowMs >= validFromDate.getTime() && nowMs <= validToDate.getTime();
}

function textsOf(value: unknown): string[] {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((text): text is string => typeof text === 'string');
}
