import { isRecord, parseJson, stringifyJson } from '../../base/json.ts';
import type { Exchange, Sent } from '../forward/upstream.ts';
import { badRequest, Refusal } from '../refusal.ts';
import { json } from './json-accept.ts';
import { mediaTypeOf } from './media-type.ts';

/** Options of a deletion are a few words. */
const maxBytes = 64 * 1024;

/**
 * A deletion as it goes on: of the object that was decided about, by its uid, and of no other that has its
 * name by then. Without a body the API server reads the options from the query, with one from that alone.
 *
 * @throws Refusal 409 for who asks for another object of that name, 415 for options that are no JSON
 */
export async function exactDeletion(
  { asked, request }: Pick<Exchange, 'asked' | 'request'>,
  uid: string,
): Promise<Pick<Sent, 'target' | 'body'>> {
  const body = await bodyOf(request);
  if (body.length === 0) {
    const query = new URLSearchParams(asked.query);
    assertSame(query.get('uid') ?? '', uid);
    query.set('uid', uid);
    return { target: `${asked.path}?${query.toString()}` };
  }
  const type = mediaTypeOf(request.headers['content-type'] ?? json);
  if (type !== json) throw unsupported();
  const options = parsed(body);
  const { preconditions = {} } = options;
  if (!isRecord(preconditions)) throw badRequest('the preconditions of the deletion are no object');
  assertSame(preconditions['uid'] ?? '', uid);
  const exact = { ...options, preconditions: { ...preconditions, uid } };
  return { body: Buffer.from(stringifyJson(exact)) };
}

async function bodyOf(request: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of request) {
    bytes += piece.length;
    if (bytes > maxBytes) throw badRequest('the options of the deletion are too large');
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function parsed(body: Buffer): Record<string, unknown> {
  try {
    const options = parseJson(body.toString('utf8'));
    if (isRecord(options)) return options;
  } catch {
    // Said below.
  }
  throw badRequest('the options of the deletion are no JSON object');
}

function assertSame(wanted: unknown, uid: string): void {
  if (wanted === '' || wanted === uid) return;
  const message = 'the object of that name has another uid';
  throw new Refusal({ code: 409, reason: 'Conflict', message });
}

function unsupported(): Refusal {
  const message = `the options of this deletion are taken as ${json} only`;
  return new Refusal({ code: 415, reason: 'UnsupportedMediaType', message });
}
