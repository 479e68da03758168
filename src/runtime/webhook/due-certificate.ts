import { X509Certificate } from 'node:crypto';
import {
  createAuthority,
  issueServer,
  readAuthority,
  renewAuthority,
  type Authority,
  type Validity,
} from '../../base/certificate.ts';
import type { ServingCertificate } from './serving-certificates.ts';

/** A server's certificate with the authority that issued it, as it is kept. */
export interface KeptCertificate extends Required<ServingCertificate> {
  caKeyPem: string;
}

const dayMs = 24 * 60 * 60_000;
const leafMs = 180 * dayMs;
/** Time enough for somebody to notice that renewal does not work. */
const leafLeftMs = 60 * dayMs;
const authorityMs = 3650 * dayMs;
const authorityLeftMs = 2 * leafMs;

export interface CertificateWish {
  /** DNS names and IPv4 addresses of the server. */
  names: readonly string[];
  nowMs: number;
}

/**
 * What is to be kept instead of `kept`: undefined while that is good. A new certificate comes 60
 * of its 180 days before the old one ends, and both are good until then. The authority is renewed
 * with the same key, so that clients that still know the old certificate of it trust what the new
 * one issues.
 */
export function dueCertificate(
  kept: Partial<KeptCertificate>,
  { names, nowMs }: CertificateWish,
): KeptCertificate | undefined {
  const known = authorityOf(kept);
  const authority = known ? currentAuthority(known, nowMs) : newAuthority(nowMs);
  if (authority === known && isGood(kept.certPem, authority, { names, nowMs })) return undefined;
  const leaf = issueServer(authority, names, validFor(leafMs, nowMs));
  return { ...leaf, caPem: authority.certPem, caKeyPem: authority.keyPem };
}

function authorityOf({ caPem, caKeyPem }: Partial<KeptCertificate>): Authority | undefined {
  if (caPem === undefined || caKeyPem === undefined) return undefined;
  try {
    return readAuthority({ certPem: caPem, keyPem: caKeyPem });
  } catch {
    // Somebody wrote something else there: as good as none.
    return undefined;
  }
}

const newAuthority = (nowMs: number) => createAuthority('tenantry', validFor(authorityMs, nowMs));

function currentAuthority(known: Authority, nowMs: number): Authority {
  const endsMs = new X509Certificate(known.certPem).validToDate.getTime();
  if (endsMs <= nowMs) return newAuthority(nowMs);
  return endsMs - nowMs > authorityLeftMs
    ? known
    : renewAuthority(known, validFor(authorityMs, nowMs));
}

function isGood(certPem: string | undefined, authority: Authority, wish: CertificateWish): boolean {
  try {
    const leaf = new X509Certificate(certPem ?? '');
    const issuer = new X509Certificate(authority.certPem);
    const hasNames = wish.names.every(
      (name) => leaf.checkHost(name) !== undefined || leaf.checkIP(name) !== undefined,
    );
    const leftMs = leaf.validToDate.getTime() - wish.nowMs;
    return hasNames && leftMs > leafLeftMs && leaf.verify(issuer.publicKey);
  } catch {
    return false;
  }
}

/** Backdated, so that a clock a little behind does not refuse a certificate made just now. */
function validFor(ms: number, nowMs: number): Validity {
  return { fromMs: nowMs - 60 * 60_000, untilMs: nowMs + ms };
}
