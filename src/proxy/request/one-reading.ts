import type { Exchange } from '../forward/upstream.ts';
import { badRequest } from '../refusal.ts';

const versions = new Set(['1.0', '1.1']);

/**
 * What one server takes for a body and another one for the next request is neither. Node's parser
 * refuses most of it.
 *
 * @throws Refusal 400
 */
export function assertOneReading({
  request,
  upgrading,
}: Pick<Exchange, 'request' | 'upgrading'>): void {
  const { headers, headersDistinct, httpVersion } = request;
  if (!versions.has(httpVersion)) throw badRequest('this is not HTTP/1.1');
  if (headersDistinct['host']?.[1] !== undefined) throw badRequest('the request has two hosts');
  const { 'transfer-encoding': coding, 'content-length': length } = headers;
  if (upgrading && (coding ?? length ?? '0') !== '0') {
    throw badRequest('a request to upgrade has no body');
  }
  if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || length !== undefined)) {
    throw badRequest('the request does not say in one way how long its body is');
  }
}
