import { isIP } from 'node:net';
import type { ClusterConfig, Credential } from './cluster-config.ts';

/** How a TLS connection to the API server is made, and who makes it. */
export function tlsOptions(config: ClusterConfig, { certificate, ca = config.ca }: Credential) {
  const host = new URL(config.server).hostname.replace(/^\[|\]$/g, '');
  const name = config.tlsServerName ?? (isIP(host) === 0 ? host : undefined);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...certificate,
    ...(name === undefined ? {} : { servername: name }),
    rejectUnauthorized: config.insecureSkipTlsVerify !== true,
  };
}
