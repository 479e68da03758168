import { readFile } from 'node:fs/promises';
import type { Clock } from '../base/clock.ts';
import type { Credential, CredentialSource } from './cluster-config.ts';
import { KubeconfigError } from './kubeconfig-document.ts';

/** The kubelet rotates a token at 80% of its life; client-go looks every minute. */
const readAgainMs = 60_000;

/** A bearer token that another program keeps current in a file: read again each minute and after a 401. */
export function fileToken(
  file: string,
  { clock, ...rest }: { clock: Clock } & Pick<Credential, 'certificate'>,
): CredentialSource {
  let known: Credential | undefined;
  let readAt = 0;

  async function read(): Promise<Credential> {
    try {
      const token = (await readFile(file, 'utf8')).trim();
      if (!/^[\x21-\x7e]+$/.test(token)) throw new Error('it holds no token');
      known = { ...rest, authorization: `Bearer ${token}` };
      readAt = clock.now();
      return known;
    } catch (error) {
      // While it is being replaced, the last token is better than none.
      if (known) return known;
      throw new KubeconfigError('Unreadable', `cannot read the token file ${file}`, {
        cause: error,
      });
    }
  }

  return {
    async current() {
      return known && clock.now() - readAt < readAgainMs ? known : await read();
    },
    reject(credential) {
      if (credential.authorization === known?.authorization) readAt = Number.NEGATIVE_INFINITY;
    },
  };
}
