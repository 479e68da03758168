import { X509Certificate, createPrivateKey } from 'node:crypto';
import { GitError } from './git-error.ts';
import type { GitAuth } from './git-auth.ts';

/**
 * Reads TLS material before it is handed on, so that a bad Secret is named as such and not as a
 * failing connection. Throws `invalid-credentials`.
 */
export function checkTls({ ca, cert, key }: NonNullable<GitAuth['tls']>): void {
  if (ca !== undefined) check('the CA', () => new X509Certificate(ca));
  if (cert !== undefined) check('the client certificate', () => new X509Certificate(cert));
  if (key !== undefined) check('the client key', () => createPrivateKey(key));
  if ((cert === undefined) !== (key === undefined)) {
    throw new GitError('invalid-credentials', 'a client certificate and its key come together');
  }
}

function check(what: string, read: () => unknown): void {
  try {
    read();
  } catch (cause) {
    throw new GitError('invalid-credentials', `${what} is not usable PEM`, { cause });
  }
}
