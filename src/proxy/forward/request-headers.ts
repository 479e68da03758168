import { isImpersonationHeader } from '../caller/impersonation-headers.ts';
import { bearerProtocolPrefix } from '../request/websocket.ts';

/** Of one connection, not of the request (RFC 9110 7.6.1), and what Node's server has dealt with. */
const hopByHop = new Set([
  'connection',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Set by us: what a client says of these is not passed on. */
const ours = new Set(['authorization', 'content-length', 'forwarded', 'host', 'x-real-ip']);

/** By the first words of their names: who somebody is, or where it came from, as proxies tell it. */
const oursByPrefix = ['x-remote-', 'x-forwarded-'];

/** What the hygiene of a request's headers has to know. */
export interface HeaderRules {
  /** Header of forwarded certificates, in small letters. */
  forwardedHeader: string;
}

/**
 * The headers of a client that the API server may see, in their order: never one that says who
 * somebody is, that belongs to the connection, or whose name not every server reads alike. Names that
 * `Connection` lists go as well (RFC 9110), so none of ours may be named before this.
 *
 * @param rawHeaders names and values in turns, as node:http gives them
 */
export function passedHeaders(
  rawHeaders: readonly string[],
  { forwardedHeader }: HeaderRules,
): [string, string][] {
  const dropped = namedByConnection(rawHeaders);
  const passed: [string, string][] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = [rawHeaders[index], rawHeaders[index + 1]];
    const key = name.toLowerCase();
    if (dropped.has(key) || !isKept(key, forwardedHeader)) continue;
    if (key === 'sec-websocket-protocol') {
      const protocols = withoutToken(value);
      if (protocols !== '') passed.push([name, protocols]);
    } else {
      passed.push([name, value]);
    }
  }
  return passed;
}

function isKept(key: string, forwardedHeader: string): boolean {
  if (!/^[a-z0-9-]+$/.test(key) || hopByHop.has(key) || ours.has(key)) return false;
  if (key === forwardedHeader || isImpersonationHeader(key)) return false;
  const plain = key.includes('--') ? key.replaceAll(/-+/g, '-') : key;
  return !oursByPrefix.some((prefix) => plain.startsWith(prefix));
}

function namedByConnection(rawHeaders: readonly string[]): Set<string> {
  const named = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() !== 'connection') continue;
    for (const name of (rawHeaders[index + 1] ?? '').split(',')) {
      named.add(name.trim().toLowerCase());
    }
  }
  return named;
}

/** The subprotocols of a websocket but the one that is a token. */
function withoutToken(value: string): string {
  const protocols = value.split(',').map((protocol) => protocol.trim());
  return protocols.filter((protocol) => !protocol.startsWith(bearerProtocolPrefix)).join(', ');
}

/** The headers of an answer that go on to the client: all but those of our own connection, and `without`. */
export function answeredHeaders(
  rawHeaders: readonly string[],
  without?: ReadonlySet<string>,
): string[] {
  const dropped = namedByConnection(rawHeaders);
  const passed: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = [rawHeaders[index], rawHeaders[index + 1]];
    const key = name.toLowerCase();
    const isOurs = dropped.has(key) || hopByHop.has(key) || without?.has(key) === true;
    if (!isOurs) passed.push(name, value);
  }
  return passed;
}
