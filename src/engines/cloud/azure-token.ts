import { textIn, type AskService } from '../sops/ask-service.ts';
import { requireValues, type Credentials } from '../sops/credentials.ts';
import type { WorkloadIdentity } from './workload-identity.ts';

/** An access token of Microsoft Entra ID for one scope. Throws KeyServiceError, or the signal's reason. */
export type AzureToken = (scope: string, signal: AbortSignal) => Promise<string>;

const azureLogin = 'https://login.microsoftonline.com';
const federationAudience = 'api://AzureADTokenExchange';
const annotations = {
  tenantId: 'azure.workload.identity/tenant-id',
  clientId: 'azure.workload.identity/client-id',
} as const;

interface Grant {
  tenantId: string;
  /** What proves who asks, in the fields of the protocol. */
  fields: Record<string, string>;
}

/** As a service principal with a secret; `az` and applications name the values differently. */
export function tokenBySecret(
  ask: AskService,
  credentials: Credentials,
  loginEndpoint?: string,
): AzureToken {
  return (scope, signal) => {
    const { tenantId, clientId, clientSecret } = requireValues(
      'sops.azure-kv',
      { ...renamed(credentials), ...credentials },
      ['tenantId', 'clientId', 'clientSecret'],
    );
    const fields = { client_id: clientId, client_secret: clientSecret };
    return logIn(ask, { tenantId, fields }, { scope, loginEndpoint }, signal);
  };
}

/**
 * By a federated credential that trusts the ServiceAccount.
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 */
export function tokenByFederation(
  ask: AskService,
  identity: WorkloadIdentity,
  loginEndpoint?: string,
): AzureToken {
  return async (scope, signal) => {
    const tenantId = await identity.annotation(annotations.tenantId, signal);
    const fields = {
      client_id: await identity.annotation(annotations.clientId, signal),
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await identity.token(federationAudience, signal),
    };
    return logIn(ask, { tenantId, fields }, { scope, loginEndpoint }, signal);
  };
}

async function logIn(
  ask: AskService,
  { tenantId, fields }: Grant,
  { scope, loginEndpoint = azureLogin }: { scope: string; loginEndpoint: string | undefined },
  signal: AbortSignal,
): Promise<string> {
  const name = 'the login of Azure';
  const url = new URL(`/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`, loginEndpoint);
  const grant = { grant_type: 'client_credentials', scope, ...fields };
  const body = new URLSearchParams(grant).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await ask({ name, method: 'POST', url, headers, body }, signal);
  return textIn(answer, ['access_token'], name);
}

function renamed({ tenant, appId, password }: Credentials): Credentials {
  if (!tenant || !appId || !password) return {};
  return { tenantId: tenant, clientId: appId, clientSecret: password };
}
