import { parseJson } from '../../base/json.ts';

/*
 * The protocol with native/engine, version 1; native/engine/frame.go says the same from the other
 * side. Both directions carry frames:
 *
 *   4 bytes  H, length of the header, big endian
 *   4 bytes  B, length of the body, big endian
 *   H bytes  the header: one JSON object in UTF-8
 *   B bytes  the body: the attachments, one after the other
 *
 * Every header may have `attachments`: the length of each attachment; they add up to B.
 *
 * The engine speaks first: {"hello": "tenantry-engine", "protocol": 1, "operations": [...]}.
 * Then the client sends one request at a time and gets exactly one response to each:
 *
 *   {"id": 7, "op": "build", "params": {...}, "attachments": [...]}
 *   {"id": 7, "result": {...}, "attachments": [...]}
 *   {"id": 7, "error": {"code": "remote-base", "message": "..."}}
 *
 * A closed standard input ends the process, also in the middle of a request. There is no way to
 * cancel a request but to kill the process.
 */

/** Version of the protocol this client speaks. */
export const protocolVersion = 1;

const prefixBytes = 8;

/** One message; integers beyond 2^53 in the header are BigInt. */
export interface Frame {
  header: Record<string, unknown>;
  attachments: Uint8Array[];
}

/** The bytes of a frame, in parts to be written in order; attachments are not copied. */
export function encodeFrame(
  header: Record<string, unknown>,
  attachments: readonly Uint8Array[] = [],
): Uint8Array[] {
  const sizes = attachments.map(({ length }) => length);
  const text = Buffer.from(JSON.stringify({ ...header, attachments: sizes }));
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(text.length, 0);
  prefix.writeUInt32BE(
    sizes.reduce((total, size) => total + size, 0),
    4,
  );
  return [prefix, text, ...attachments];
}

/** Cuts a stream of bytes into frames. */
export interface FrameDecoder {
  /** The frames that `chunk` completes. Throws RangeError or SyntaxError; the stream is then lost. */
  push(chunk: Uint8Array): Frame[];
}

/** A decoder that holds at most one frame, of at most `maxBytes`. */
export function createFrameDecoder(maxBytes: number): FrameDecoder {
  let chunks: Uint8Array[] = [];
  let held = 0;
  let wanted = prefixBytes;

  function take(): Buffer {
    const bytes = Buffer.concat(chunks, held);
    chunks = held > wanted ? [bytes.subarray(wanted)] : [];
    held -= wanted;
    return bytes.subarray(0, wanted);
  }

  let prefix: Buffer | undefined;
  function next(): Frame | undefined {
    if (prefix === undefined) {
      prefix = take();
      wanted = prefix.readUInt32BE(0) + prefix.readUInt32BE(4);
      if (wanted > maxBytes) throw new RangeError(`a frame of ${wanted} bytes is above the limit`);
      return undefined;
    }
    const frame = decodeFrame(take(), prefix.readUInt32BE(0));
    prefix = undefined;
    wanted = prefixBytes;
    return frame;
  }

  return {
    push(chunk) {
      chunks.push(chunk);
      held += chunk.length;
      const frames: Frame[] = [];
      while (held >= wanted) {
        const frame = next();
        if (frame) frames.push(frame);
      }
      return frames;
    },
  };
}

function decodeFrame(bytes: Buffer, headerLength: number): Frame {
  const header = parseJson(bytes.toString('utf8', 0, headerLength));
  if (typeof header !== 'object' || header === null) throw new SyntaxError('a header is no object');
  const { attachments: sizes = [] } = header as { attachments?: unknown };
  const attachments: Uint8Array[] = [];
  let at = headerLength;
  for (const size of Array.isArray(sizes) ? (sizes as unknown[]) : []) {
    if (!isLength(size)) throw new RangeError('an attachment has no length');
    attachments.push(bytes.subarray(at, (at += size)));
  }
  if (at !== bytes.length) throw new RangeError('a frame’s attachments do not fill its body');
  return { header: header as Record<string, unknown>, attachments };
}

function isLength(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
