import http from 'node:http';
import https from 'node:https';
import { createSecureContext, type ConnectionOptions } from 'node:tls';
import {
  shareConnections,
  type ClusterConfig,
  type Credential,
} from '../../kube/cluster-config.ts';
import { tlsOptions } from '../../kube/tls-options.ts';
import { sendRequest } from './send-request.ts';
import { sendStream } from './send-stream.ts';
import { createSessionPool, type SessionPool } from './session-pool.ts';
import type { UpstreamAnswer } from './upstream-answer.ts';
import type { UpstreamRequest } from './upstream-request.ts';

/** Connections to the API server. */
export interface Connections {
  /** Rejects when there is no answer; an aborted signal with its reason. */
  send(credential: Credential, request: UpstreamRequest): Promise<UpstreamAnswer>;
  /** `host:port` of the API server. */
  readonly host: string;
  close(): void;
}

/** What one client certificate, or none, is connected by, and to whom. */
interface Open {
  credential: Credential;
  agent: http.Agent;
  /** Absent without TLS, by which HTTP/2 is agreed upon. */
  pool?: SessionPool;
}

/** The API server closes idle connections after 90 s: we are first. */
const idleMs = 60_000;
const pingMs = 15_000;
/** Certificates, managed fields: headers of answers are small, whatever their bodies are. */
const maxHeaderSize = 64 * 1024;

const pooled = { keepAlive: true, timeout: idleMs, maxFreeSockets: 256, noDelay: true };

/** One context for all connections: left to itself, Node would make one for each, of 50 KB and more. */
function tlsFor(cluster: ClusterConfig, credential: Credential): ConnectionOptions {
  const options: ConnectionOptions = tlsOptions(cluster, credential);
  const { ca, cert, key, ...connection } = options;
  return { ...connection, secureContext: createSecureContext({ ca, cert, key }) };
}

/** Keeps connections open between requests; a rotated client certificate gets new ones. */
export function openConnections(
  cluster: ClusterConfig,
  liveness: { pingMs: number } = { pingMs },
): Connections {
  const server = new URL(cluster.server);
  const prefix = server.pathname.replace(/\/+$/, '');
  const isTls = server.protocol === 'https:';
  let current: Open | undefined;

  function openFor(credential: Credential): Open {
    if (current && shareConnections(current.credential, credential)) return current;
    current?.pool?.retire();
    current = { credential, ...(isTls ? openTls(credential) : { agent: new http.Agent(pooled) }) };
    return current;
  }

  function openTls(credential: Credential): Pick<Open, 'agent' | 'pool'> {
    const tls = tlsFor(cluster, credential);
    return {
      agent: new https.Agent({ ...pooled, ...tls, ALPNProtocols: ['http/1.1'] }),
      pool: createSessionPool({ origin: server.origin, tls, ...liveness }),
    };
  }

  return {
    host: server.host,
    async send(credential, request) {
      const { agent, pool } = openFor(credential);
      const path = prefix + request.target;
      const place = request.mayShare === true ? await pool?.place() : undefined;
      if (place) return await sendStream(place, { ...request, target: path });
      const where = {
        protocol: server.protocol,
        hostname: server.hostname.replace(/^\[|\]$/g, ''),
        port: server.port || (isTls ? 443 : 80),
        agent,
        path,
        maxHeaderSize,
      };
      return await sendRequest(where, request);
    },
    close() {
      current?.agent.destroy();
      current?.pool?.destroy();
    },
  };
}
