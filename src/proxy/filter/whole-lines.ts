const lineFeed = 10;
/** As much as the watches of this program take: an object with its managed fields. */
export const maxEventBytes = 32 * 1024 * 1024;

export class LongEventError extends Error {
  override name = 'LongEventError';
}

/**
 * The same bytes, cut so that each piece ends where a line does: between two pieces something may be
 * put in. What follows the last line end is left out, as half an event would be.
 */
export async function* wholeLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const piece of body) {
    const end = piece.lastIndexOf(lineFeed) + 1;
    if (end > 0) {
      const whole = piece.subarray(0, end);
      yield held.length === 0 ? whole : Buffer.concat([...held, whole]);
      held = [];
      heldBytes = 0;
    }
    if (end === piece.length) continue;
    held.push(piece.subarray(end));
    heldBytes += piece.length - end;
    if (heldBytes > maxEventBytes) throw new LongEventError('an event is too large');
  }
}
