import { constants } from 'node:crypto';
import { once } from 'node:events';
import http, { ServerResponse, type Server } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { KeyedCertificate } from '../../base/certificate.ts';
import { upgradeOf } from '../request/websocket.ts';
import type { Handle } from './handle-request.ts';

/** What the server serves with, and whom it trusts with client certificates. */
export interface ServedTls extends KeyedCertificate {
  /** PEM; empty: client certificates are not asked for. */
  clientCaPem: string;
}

export interface ServerOptions {
  host: string | undefined;
  port: number;
  /** Undefined: plain HTTP, behind something that ends TLS. */
  tls: ServedTls | undefined;
  handle: Handle;
}

/** The listener of tenants. */
export interface ProxyServer {
  /** `https://0.0.0.0:9001`, where it listens. */
  readonly url: string;
  /** Serves new connections with another certificate, or other trust. */
  renew(tls: ServedTls): void;
  /** No new connections; resolves when the last has ended. */
  close(): Promise<void>;
  /** Ends what is left of them. */
  closeAll(): void;
}

/**
 * Limits of one connection. Clients keep theirs idle for 90 s: it is they who close them, or a request
 * would meet a connection that is going. A token with many groups makes for a large header.
 */
const limits: http.ServerOptions = {
  maxHeaderSize: 64 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 120_000,
  keepAliveTimeout: 120_000,
  connectionsCheckingInterval: 5_000,
  insecureHTTPParser: false,
  requireHostHeader: true,
  keepAlive: true,
  keepAliveInitialDelay: 30_000,
  noDelay: true,
};
const handshakeTimeout = 10_000;

/** Listens, and hands each request over with what is known of its connection. */
export async function openServer(options: ServerOptions): Promise<ProxyServer> {
  const { host, port, tls, handle } = options;
  const settings = { ...limits, shouldUpgradeCallback: isUpgrade };
  const server = tls
    ? https.createServer({ ...settings, ...tlsSettings(tls), handshakeTimeout }, onRequest)
    : http.createServer(settings, onRequest);
  // A header that is left out, as Node does above a number of them, could be the one that counts.
  server.maxHeadersCount = 0;
  // A response is made for every connection that goes on in another protocol, in case it does not.
  server.on('upgrade', onUpgrade);
  if (server instanceof https.Server) server.prependListener('secureConnection', dropUntrusted);

  const upgraded = new Set<Duplex>();
  function onRequest(request: http.IncomingMessage, response: ServerResponse) {
    void handle(request, response);
  }
  function onUpgrade(request: http.IncomingMessage, socket: Duplex, head: Buffer) {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    socket.on('error', () => socket.destroy());
    const response = new ServerResponse(request);
    // It is the socket that Node's server was given: of TCP or TLS.
    response.assignSocket(socket as TLSSocket);
    response.once('finish', () => socket.end());
    void handle(request, response, { socket, head });
  }

  server.listen({ port, ...(host === undefined ? {} : { host }) });
  await once(server, 'listening');
  return {
    url: urlOf(server, tls !== undefined),
    renew(next) {
      if (server instanceof https.Server) server.setSecureContext(tlsSettings(next));
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
    closeAll() {
      server.closeAllConnections();
      for (const socket of upgraded) socket.destroy();
    },
  };
}

const isUpgrade = (request: http.IncomingMessage) => upgradeOf(request) !== undefined;

function tlsSettings({ certPem, keyPem, clientCaPem }: ServedTls): https.ServerOptions {
  return {
    cert: certPem,
    key: keyPem,
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['http/1.1'],
    // A resumed session would bring a certificate that was verified by yesterday's authorities.
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
    requestCert: clientCaPem !== '',
    // Without one is fine; one that is not trusted ends the connection below.
    rejectUnauthorized: false,
    ...(clientCaPem !== '' && { ca: clientCaPem }),
  };
}

/** Before the server listens to the connection: what came with the handshake is not read. */
function dropUntrusted(socket: TLSSocket): void {
  const hasCertificate = socket.getPeerX509Certificate() !== undefined;
  if (hasCertificate && !socket.authorized) socket.destroy();
}

function urlOf(server: Server, isTls: boolean): string {
  // A server that listens on TCP has such an address.
  const { address, port, family } = server.address() as AddressInfo;
  return `${isTls ? 'https' : 'http'}://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
