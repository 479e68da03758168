import { textIn, type AskService } from './ask-service.ts';
import type { GoogleToken } from '../cloud/google-token.ts';
import { fieldOf, KeyServiceError, type UnwrapKey } from './key-service.ts';

/** What GCP KMS is asked with, and where, unless a test says otherwise. */
export interface GcpKmsOptions {
  token: GoogleToken;
  endpoint?: string | undefined;
}

const googleEndpoint = 'https://cloudkms.googleapis.com';
const scope = 'https://www.googleapis.com/auth/cloudkms';
const resourcePattern =
  /^projects\/[\w.:-]+\/locations\/[\w-]+\/keyRings\/[\w-]+\/cryptoKeys\/[\w-]+$/;

/**
 * Unwraps data keys with Google Cloud KMS.
 * https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys/decrypt
 */
export function createGcpKmsService(ask: AskService, options: GcpKmsOptions): UnwrapKey {
  const { endpoint = googleEndpoint } = options;
  let token: Promise<string> | undefined;

  return async (key, signal) => {
    const resource = fieldOf(key, 'resource_id');
    if (!resourcePattern.test(resource)) {
      throw new KeyServiceError('malformed', 'a gcp_kms key has no usable resource_id');
    }
    const authorization = `Bearer ${await (token ??= options.token(scope, signal))}`;
    const name = `GCP KMS (${resource})`;
    const url = new URL(`/v1/${resource}:decrypt`, endpoint);
    const body = JSON.stringify({ ciphertext: fieldOf(key, 'enc') });
    const answer = await ask(
      { name, method: 'POST', url, headers: { authorization }, body },
      signal,
    );
    return Buffer.from(textIn(answer, ['plaintext'], name), 'base64');
  };
}
