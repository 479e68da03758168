import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import {
  holdCertificate,
  type ServingCertificate,
  type ServingCertificates,
} from './serving-certificates.ts';

/** How often the files are looked at: a kubelet writes them within a minute anyway. */
const lookMs = 10_000;

/** Where a certificate is kept. */
export interface CertificateFiles {
  cert: string;
  key: string;
  /** Certificates of the authorities, if there is such a file. */
  ca?: string;
}

export interface CertificateFilesOptions {
  files: CertificateFiles;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

/**
 * Serves with the certificate in files, as cert-manager and the kubelet keep it, and takes a
 * renewed one up while it serves; one that cannot be used is left alone. Throws when there is none
 * at first.
 */
export async function readCertificateFiles(
  options: CertificateFilesOptions,
): Promise<ServingCertificates> {
  const { files, clock, log, signal } = options;
  const held = holdCertificate(await read(files));
  const again = () => {
    if (signal.aborted) return;
    clock.after(lookMs, () => {
      read(files)
        .then(held.renew, (error: unknown) => {
          log.error('the certificate of the server cannot be read', error, { file: files.cert });
        })
        .finally(again);
    });
  };
  again();
  return held;
}

/**
 * Throws when the two do not belong together, as between two writes of a renewal, or one is empty, as in
 * the middle of a write.
 */
async function read({ cert, key, ca }: CertificateFiles): Promise<ServingCertificate> {
  const [certPem, keyPem] = await Promise.all([readFile(cert, 'utf8'), readFile(key, 'utf8')]);
  // An empty text is no certificate to this one, and none at all to the other.
  const isPair = new X509Certificate(certPem).checkPrivateKey(createPrivateKey(keyPem));
  if (!isPair) throw new Error('the certificate is not one of the key');
  createSecureContext({ cert: certPem, key: keyPem });
  const caPem = ca === undefined ? undefined : await readIfThere(ca);
  return { certPem, keyPem, ...(caPem !== undefined && { caPem }) };
}

const readIfThere = (file: string) => readFile(file, 'utf8').catch(() => undefined);
