import type { IncomingMessage } from 'node:http';

/** Before the token, in base64url, in one of a websocket's subprotocols (k8s.io/apiserver). */
export const bearerProtocolPrefix = 'base64url.bearer.authorization.k8s.io.';

/** Protocols that the API server switches to: exec, attach, port-forward, and watches of browsers. */
const protocols = new Set(['websocket', 'spdy/3.1']);

/** The protocol that a request wants to go on with, in small letters; undefined for a plain one. */
export function upgradeOf({ headers, method }: IncomingMessage): string | undefined {
  const wanted = headers.upgrade?.toLowerCase();
  if (wanted === undefined || !protocols.has(wanted)) return undefined;
  const tokens = (headers.connection ?? '').toLowerCase().split(',');
  const asksFor = tokens.some((token) => token.trim() === 'upgrade');
  return asksFor && (method === 'GET' || method === 'POST') ? wanted : undefined;
}

/** True for the handshake of a websocket. */
export function isWebSocket(request: IncomingMessage): boolean {
  return upgradeOf(request) === 'websocket';
}

/** What a websocket offers to speak. */
export function subprotocolsOf({ headersDistinct }: IncomingMessage): string[] {
  const values = headersDistinct['sec-websocket-protocol'] ?? [];
  return values.flatMap((value) => value.split(',')).map((protocol) => protocol.trim());
}
