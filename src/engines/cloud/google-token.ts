import { createSign } from 'node:crypto';
import { textIn, type AskService } from '../sops/ask-service.ts';
import { requireValues, type Credentials } from '../sops/credentials.ts';
import { KeyServiceError } from '../sops/key-service.ts';
import type { WorkloadIdentity } from './workload-identity.ts';

/** Other places than Google's own, for tests. */
export interface GoogleEndpoints {
  tokenUrl?: string | undefined;
  stsUrl?: string | undefined;
  iamEndpoint?: string | undefined;
}

/** An access token of Google for one scope. Throws KeyServiceError, or the signal's reason. */
export type GoogleToken = (scope: string, signal: AbortSignal) => Promise<string>;

/** Not the `token_uri` of the credentials: who wrote those must not choose where they are sent. */
const googleTokenUrl = 'https://oauth2.googleapis.com/token';
const googleStsUrl = 'https://sts.googleapis.com/v1/token';
const googleIamEndpoint = 'https://iamcredentials.googleapis.com';
const platformScope = 'https://www.googleapis.com/auth/cloud-platform';

const providerAnnotation = 'gcp.auth.fluxcd.io/workload-identity-provider';
const accountAnnotation = 'iam.gke.io/gcp-service-account';
const providerPattern =
  /^projects\/\d{1,30}\/locations\/global\/workloadIdentityPools\/[\w-]{1,100}\/providers\/[\w-]{1,100}$/;
const accountPattern = /^[a-z0-9-]{1,100}@[a-z0-9-]{1,100}\.iam\.gserviceaccount\.com$/;

/** By the key of a service account, as Google gives it out in JSON. RFC 7523. */
export function tokenByKey(
  ask: AskService,
  options: GoogleEndpoints & { credentials: Credentials; now: () => Date },
): GoogleToken {
  const { tokenUrl = googleTokenUrl } = options;
  return async (scope, signal) => {
    const name = 'the token service of Google';
    const body = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: assertionFor(options, { scope, audience: tokenUrl }),
    }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const url = new URL(tokenUrl);
    const answer = await ask({ name, method: 'POST', url, headers, body }, signal);
    return textIn(answer, ['access_token'], name);
  };
}

/** A statement signed by the service account, which Google exchanges for a token. */
function assertionFor(
  { credentials, now }: { credentials: Credentials; now: () => Date },
  { scope, audience }: { scope: string; audience: string },
): string {
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

/**
 * By workload identity federation: as the pool's own principal or, if an annotation names a Google
 * service account, as that one. https://cloud.google.com/iam/docs/workload-identity-federation
 */
export function tokenByFederation(
  ask: AskService,
  identity: WorkloadIdentity,
  endpoints: GoogleEndpoints,
): GoogleToken {
  return async (scope, signal) => {
    const provider = await identity.annotation(providerAnnotation, signal);
    const account = await identity.optionalAnnotation(accountAnnotation, signal);
    refuseOdd(providerAnnotation, providerPattern, provider);
    if (account !== undefined) refuseOdd(accountAnnotation, accountPattern, account);
    const audience = `//iam.googleapis.com/${provider}`;
    const body = JSON.stringify({
      grantType: 'urn:ietf:params:oauth:grant-type:token-exchange',
      requestedTokenType: 'urn:ietf:params:oauth:token-type:access_token',
      subjectTokenType: 'urn:ietf:params:oauth:token-type:jwt',
      audience,
      scope: account === undefined ? scope : platformScope,
      subjectToken: await identity.token(audience, signal),
    });
    const name = 'the token service of Google';
    const url = new URL(endpoints.stsUrl ?? googleStsUrl);
    const answer = await ask({ name, method: 'POST', url, body }, signal);
    const token = textIn(answer, ['access_token'], name);
    return account === undefined
      ? token
      : asAccount(ask, { account, scope, token, endpoints }, signal);
  };
}

/** https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken */
async function asAccount(
  ask: AskService,
  request: { account: string; scope: string; token: string; endpoints: GoogleEndpoints },
  signal: AbortSignal,
): Promise<string> {
  const { account, scope, token, endpoints } = request;
  const name = `Google's service account ${account}`;
  const path = `/v1/projects/-/serviceAccounts/${account}:generateAccessToken`;
  const url = new URL(path, endpoints.iamEndpoint ?? googleIamEndpoint);
  const headers = { authorization: `Bearer ${token}` };
  const body = JSON.stringify({ scope: [scope] });
  const answer = await ask({ name, method: 'POST', url, headers, body }, signal);
  return textIn(answer, ['accessToken'], name);
}

function refuseOdd(name: string, pattern: RegExp, value: string): void {
  if (pattern.test(value)) return;
  throw new KeyServiceError('no-credentials', `the annotation ${name} has no usable value`);
}
