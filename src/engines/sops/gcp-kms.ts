import { createSign } from 'node:crypto';
import { textIn, type AskService } from './ask-service.ts';
import { requireValues, type Credentials } from './credentials.ts';
import { fieldOf, KeyServiceError, type UnwrapKey } from './key-service.ts';

/** What GCP KMS is asked with, and where, unless a test says otherwise. */
export interface GcpKmsOptions {
  /** The key of a service account, as Google gives it out in JSON. */
  credentials: Credentials;
  now: () => Date;
  tokenUrl?: string | undefined;
  endpoint?: string | undefined;
}

/** Not the `token_uri` of the credentials: who wrote those must not choose where they are sent. */
const googleTokenUrl = 'https://oauth2.googleapis.com/token';
const googleEndpoint = 'https://cloudkms.googleapis.com';
const scope = 'https://www.googleapis.com/auth/cloudkms';
const resourcePattern =
  /^projects\/[\w.:-]+\/locations\/[\w-]+\/keyRings\/[\w-]+\/cryptoKeys\/[\w-]+$/;

/**
 * Unwraps data keys with Google Cloud KMS as a service account.
 * https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys/decrypt
 */
export function createGcpKmsService(ask: AskService, options: GcpKmsOptions): UnwrapKey {
  const { tokenUrl = googleTokenUrl, endpoint = googleEndpoint } = options;
  let token: Promise<string> | undefined;

  async function fetchToken(signal: AbortSignal): Promise<string> {
    const name = 'the token service of Google';
    const body = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: assertionFor(options, tokenUrl),
    }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const url = new URL(tokenUrl);
    return textIn(
      await ask({ name, method: 'POST', url, headers, body }, signal),
      ['access_token'],
      name,
    );
  }

  return async (key, signal) => {
    const resource = fieldOf(key, 'resource_id');
    if (!resourcePattern.test(resource)) {
      throw new KeyServiceError('malformed', 'a gcp_kms key has no usable resource_id');
    }
    const authorization = `Bearer ${await (token ??= fetchToken(signal))}`;
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

/** A statement signed by the service account, which Google exchanges for a token. RFC 7523. */
function assertionFor({ credentials, now }: GcpKmsOptions, audience: string): string {
  const { client_email: issuer, private_key: privateKey } = requireValues(
    'sops.gcp-kms',
    credentials,
    ['client_email', 'private_key'],
  );
  const issuedAt = Math.floor(now().getTime() / 1000);
  const claims = { iss: issuer, scope, aud: audience, iat: issuedAt, exp: issuedAt + 600 };
  const text = [{ alg: 'RS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  try {
    return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey, 'base64url')}`;
  } catch {
    throw new KeyServiceError('no-credentials', 'sops.gcp-kms has a malformed private_key');
  }
}
