import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Clock } from '../base/clock.ts';
import type { Credential, CredentialSource } from './cluster-config.ts';

/** The kubelet writes a changed file within a minute. */
const readAgainMs = 60_000;

/**
 * Credentials with the server's authorities, which another program keeps current in a file: read again
 * each minute, so that whoever replaces them need not restart us. A file that cannot be read, or is in
 * the middle of a write, changes nothing.
 */
export function withAuthorityFile(
  source: CredentialSource,
  { file, ca, clock }: { file: string; ca: string; clock: Clock },
): CredentialSource {
  let known = ca;
  let readAt = clock.now();
  let given: { credential: Credential; with: Credential } | undefined;

  async function authorities(): Promise<string> {
    if (clock.now() - readAt < readAgainMs) return known;
    readAt = clock.now();
    const found = await readFile(file, 'utf8').catch(() => '');
    if (found !== known && holdsCertificate(found)) known = found;
    return known;
  }

  return {
    async current(signal) {
      const credential = await source.current(signal);
      const now = await authorities();
      // The same one as long as nothing changes: sources and connections compare.
      if (given?.credential !== credential || given.with.ca !== now) {
        given = { credential, with: { ...credential, ca: now } };
      }
      return given.with;
    },
    reject(credential) {
      // A source knows what it gave, and not what became of it here.
      if (given?.with === credential) source.reject?.(given.credential);
      else source.reject?.(credential);
    },
  };
}

function holdsCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0 && pem.trimEnd().endsWith('-----');
  } catch {
    return false;
  }
}
