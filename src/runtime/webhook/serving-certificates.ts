import type { KeyedCertificate } from '../../base/certificate.ts';

/** What a server of ours serves with, and who may have issued it. */
export interface ServingCertificate extends KeyedCertificate {
  /** Certificates of the authorities that clients shall trust; absent when they know by themselves. */
  caPem?: string;
}

/** The certificate of a server, renewed while it serves. */
export interface ServingCertificates {
  current(): ServingCertificate;
  /** Calls back with each renewed certificate; the returned function unsubscribes. */
  onRenewal(listener: (renewed: ServingCertificate) => void): () => void;
}

/** Holds the certificate that is served, and tells of another one. */
export function holdCertificate(
  first: ServingCertificate,
): ServingCertificates & { renew(next: ServingCertificate): void } {
  let current = first;
  const listeners = new Set<(renewed: ServingCertificate) => void>();
  return {
    current: () => current,
    onRenewal(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    renew(next) {
      const isSame =
        next.certPem === current.certPem &&
        next.keyPem === current.keyPem &&
        next.caPem === current.caPem;
      if (isSame) return;
      current = next;
      for (const listener of listeners) listener(next);
    },
  };
}
