import { readFile } from 'node:fs/promises';
import path from 'node:path';
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

export interface CertificateFilesOptions {
  /** `--webhook-cert-path`: holds `tls.crt`, `tls.key` and, perhaps, `ca.crt`. */
  folder: string;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

/**
 * Serves with the certificate in a folder, as cert-manager and the kubelet keep it, and takes a
 * renewed one up while it serves; one that cannot be used is left alone. Throws when there is none
 * at first.
 */
export async function readCertificateFiles(
  options: CertificateFilesOptions,
): Promise<ServingCertificates> {
  const { folder, clock, log, signal } = options;
  const held = holdCertificate(await read(folder));
  const again = () => {
    if (signal.aborted) return;
    clock.after(lookMs, () => {
      read(folder)
        .then(held.renew, (error: unknown) => {
          log.error('the certificate of the webhooks cannot be read', error, { folder });
        })
        .finally(again);
    });
  };
  again();
  return held;
}

/** Throws when the two do not belong together, as between two writes of a renewal. */
async function read(folder: string): Promise<ServingCertificate> {
  const [certPem, keyPem] = await Promise.all(
    ['tls.crt', 'tls.key'].map((name) => readFile(path.join(folder, name), 'utf8')),
  );
  createSecureContext({ cert: certPem ?? '', key: keyPem ?? '' });
  const caPem = await readFile(path.join(folder, 'ca.crt'), 'utf8').catch(() => undefined);
  return {
    certPem: certPem ?? '',
    keyPem: keyPem ?? '',
    ...(caPem !== undefined && { caPem }),
  };
}
