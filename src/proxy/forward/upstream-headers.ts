import type { Credential } from '../../kube/cluster-config.ts';
import { grantedGroup } from '../../api/install/granted-group.ts';
import { passedHeaders, type HeaderRules } from './request-headers.ts';
import type { Exchange, Sent } from './upstream.ts';

export interface UpstreamHeadersOptions extends HeaderRules {
  /** Of the API server. */
  host: string;
}

/** A request as far as it matters to its headers. */
export type SentHead = Pick<Sent, 'as' | 'accept' | 'body'> & {
  /** The body of the answer is read here: it must not be compressed. */
  isRead: boolean;
};

/** The headers of a request as it goes upstream: names and values in turns, for node:http. */
export type HeadersFor = (exchange: Exchange, sent: SentHead, credential: Credential) => string[];

/**
 * What the client sent, but for what is ours to say; then exactly one credential, the proxy's own,
 * and exactly one identity beside it, unless the proxy itself asks.
 */
export function createHeadersFor({ host, ...rules }: UpstreamHeadersOptions): HeadersFor {
  return ({ request, caller, identity, upgrading }, sent, { authorization }) => {
    const headers = ['host', host];
    for (const [name, value] of passedHeaders(request.rawHeaders, rules)) {
      if (isReplaced(name.toLowerCase(), sent)) continue;
      headers.push(name, value);
    }
    if (sent.accept !== undefined) headers.push('accept', sent.accept);
    const client = request.socket.remoteAddress;
    if (client !== undefined) headers.push('x-forwarded-for', client);
    headers.push(...(sent.body ? framed(sent.body) : framing(request, upgrading !== undefined)));
    if (authorization !== undefined) headers.push('authorization', authorization);
    if (sent.as !== 'proxy') headers.push(...identity.flat());
    // The audit log shall say for whom the proxy reads: of the identity it cannot.
    else headers.push('user-agent', `tenantry-proxy for ${encodeURIComponent(caller.user)}`);
    if (sent.as === 'granted') headers.push('impersonate-group', grantedGroup);
    return headers;
  };
}

const isReplaced = (name: string, { as, accept, body, isRead }: SentHead) =>
  (name === 'content-type' && body !== undefined) ||
  (name === 'accept' && accept !== undefined) ||
  (name === 'accept-encoding' && isRead) ||
  (name === 'user-agent' && as === 'proxy');

/** A body of ours. */
const framed = ({ length }: Uint8Array) => [
  'content-type',
  'application/json',
  'content-length',
  String(length),
];

/** How long the body is. Left to itself, node:http would say that it comes in chunks. */
function framing(request: Exchange['request'], isUpgrade: boolean): string[] {
  const { headers, method } = request;
  const none =
    method === 'POST' || method === 'PUT' || method === 'PATCH' ? ['content-length', '0'] : [];
  if (isUpgrade) return ['connection', 'Upgrade', 'upgrade', headers.upgrade ?? '', ...none];
  if (headers['transfer-encoding'] !== undefined) return ['transfer-encoding', 'chunked'];
  const length = headers['content-length'];
  return length === undefined ? none : ['content-length', length];
}
