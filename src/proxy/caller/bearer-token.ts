import type { IncomingMessage } from 'node:http';
import { forbidden } from '../refusal.ts';
import { bearerProtocolPrefix, isWebSocket, subprotocolsOf } from '../request/websocket.ts';

/** A token as a header carries it: no space, no control characters. */
const tokenPattern = /^[\x21-\x7e]+$/;

/**
 * The bearer token of a request: of its Authorization header, or of a websocket's subprotocols, where
 * browsers put it. Undefined if it has none.
 *
 * @throws Refusal 403 for one that cannot be read, or where it is not clear which of several counts
 */
export function bearerTokenOf(request: IncomingMessage): string | undefined {
  const values = request.headersDistinct['authorization'] ?? [];
  const tokens = isWebSocket(request) ? tokensOf(subprotocolsOf(request)) : [];
  if (values.length + tokens.length > 1) throw forbidden('the request has more than one token');
  const [value] = values;
  if (value === undefined) return tokens[0];
  const token = /^bearer +(.*)$/i.exec(value.trim())?.[1];
  if (token === undefined || !tokenPattern.test(token)) {
    throw forbidden('the Authorization header holds no bearer token');
  }
  return token;
}

function tokensOf(subprotocols: readonly string[]): string[] {
  const encoded = subprotocols.flatMap((protocol) =>
    protocol.startsWith(bearerProtocolPrefix) ? [protocol.slice(bearerProtocolPrefix.length)] : [],
  );
  // The server has to choose one of the others, and the token is not said back.
  if (encoded.length > 0 && encoded.length === subprotocols.length) {
    throw forbidden('a websocket with a token needs another subprotocol beside it');
  }
  return encoded.map(decodeToken);
}

function decodeToken(encoded: string): string {
  const token = Buffer.from(encoded, 'base64url').toString('latin1');
  const isExact = /^[\w-]+$/.test(encoded) && tokenPattern.test(token);
  if (!isExact) throw forbidden("the token among the websocket's subprotocols cannot be read");
  return token;
}
