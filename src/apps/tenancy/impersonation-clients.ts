import type { CapsuleConfiguration } from '../../api/capsule/capsule-configuration.ts';
import { Reason } from '../../api/reasons.ts';
import { retryable, stalled } from '../../base/errors.ts';
import { secretType } from '../../kube/core-resources.ts';
import { KubeApiError } from '../../kube/api-error.ts';
import type { OwnClient } from '../../kube/client.ts';
import type { ClosableClient } from '../../kube/connect.ts';

/** Another way to the API server, as the CapsuleConfiguration has it. */
export interface Endpoint {
  server: string;
  /** PEM. */
  ca?: string;
  insecureSkipTlsVerify: boolean;
}

/** The client that replications become accounts by. */
export interface ImpersonationClients {
  /** Of the configuration as it is now; the control plane's own while it names no endpoint. */
  current(signal: AbortSignal): Promise<OwnClient>;
  close(): Promise<void>;
}

export interface ImpersonationClientsOptions {
  /** The control plane's own. */
  client: OwnClient;
  configuration(): CapsuleConfiguration;
  /** Opens a client over another way. */
  connectTo?: ((endpoint: Endpoint) => ClosableClient) | undefined;
}

/** One client for each endpoint that was configured so far: the last one is kept. */
export function createImpersonationClients({
  client,
  configuration,
  connectTo,
}: ImpersonationClientsOptions): ImpersonationClients {
  let open: { key: string; client: ClosableClient } | undefined;

  async function caOf(signal: AbortSignal): Promise<string | undefined> {
    const {
      caSecretName,
      caSecretNamespace,
      caSecretKey = 'ca.crt',
    } = configuration().spec.impersonation ?? {};
    if (caSecretName === undefined || caSecretNamespace === undefined) return undefined;
    const key = { namespace: caSecretNamespace, name: caSecretName };
    try {
      const secret = await client.get(secretType, key, { signal });
      const encoded = (secret['data'] as Record<string, string> | undefined)?.[caSecretKey];
      if (encoded !== undefined) return Buffer.from(encoded, 'base64').toString();
    } catch (error) {
      if (!(error instanceof KubeApiError)) throw error;
    }
    const what = `${caSecretNamespace}/${caSecretName}`;
    throw retryable(
      Reason.Failed,
      `the CA of impersonation.endpoint cannot be read: Secret '${what}', key '${caSecretKey}'`,
    );
  }

  return {
    async current(signal) {
      const { endpoint, skipTlsVerify = false } = configuration().spec.impersonation ?? {};
      if (endpoint === undefined || endpoint === '') return client;
      if (!connectTo)
        throw stalled(Reason.InvalidSpec, 'impersonation.endpoint cannot be reached from here');
      const ca = await caOf(signal);
      const to = { server: endpoint, insecureSkipTlsVerify: skipTlsVerify, ...(ca && { ca }) };
      const key = JSON.stringify(to);
      if (open?.key !== key) {
        const before = open;
        open = { key, client: connectTo(to) };
        await before?.client.close();
      }
      return open.client;
    },
    async close() {
      await open?.client.close();
    },
  };
}
