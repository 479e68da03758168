import { KubeTransportError } from './api-error.ts';

/**
 * The lines of a byte stream, each at most `maxBytes` long, without the line end. What follows the
 * last line end is dropped: a stream that was cut carries half an event there.
 *
 * @throws KubeTransportError for a longer line, before it is buffered whole.
 */
export async function* readLines(
  stream: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<string> {
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      pending.push(chunk.subarray(start, end));
      yield decode(pending, maxBytes);
      pending = [];
      pendingBytes = 0;
      start = end + 1;
    }
    if (start === chunk.length) continue;
    pending.push(chunk.subarray(start));
    pendingBytes += chunk.length - start;
    if (pendingBytes > maxBytes) throw tooLong(maxBytes);
  }
}

function decode(parts: Uint8Array[], maxBytes: number): string {
  const bytes = Buffer.concat(parts);
  if (bytes.length > maxBytes) throw tooLong(maxBytes);
  return bytes.toString('utf8');
}

function tooLong(maxBytes: number): KubeTransportError {
  return new KubeTransportError(`a line of the stream exceeds ${maxBytes} bytes`);
}
