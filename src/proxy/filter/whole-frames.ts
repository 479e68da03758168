import { LongEventError, maxEventBytes } from './whole-lines.ts';

/** A frame begins with its length, in so many bytes. */
const lengthBytes = 4;

/**
 * The same bytes of a watch in protobuf, cut so that each piece ends where a frame does: between two
 * pieces something may be put in. What follows the last whole frame is left out, as half an event
 * would be.
 */
export async function* wholeFrames(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const frames = new FrameScan();
  let held: Uint8Array[] = [];
  for await (const piece of body) {
    const end = frames.push(piece);
    if (end > 0) {
      const whole = piece.subarray(0, end);
      yield held.length === 0 ? whole : Buffer.concat([...held, whole]);
      held = [];
    }
    if (end < piece.length) held.push(piece.subarray(end));
  }
}

/** Knows where frames end. */
class FrameScan {
  #length = 0;
  /** Bytes of the length, and then of the frame, that are still to come. */
  #ofLength = lengthBytes;
  #left = 0;

  /** Where in this piece the last whole frame ends; 0 if none does. */
  push(piece: Uint8Array): number {
    let end = 0;
    for (let at = 0; at < piece.length;) {
      at += this.#ofLength > 0 ? this.#readLength(piece[at] ?? 0) : this.#skip(piece.length - at);
      if (this.#ofLength > 0 || this.#left > 0) continue;
      end = at;
      this.#ofLength = lengthBytes;
      this.#length = 0;
    }
    return end;
  }

  #readLength(byte: number): number {
    this.#length = this.#length * 256 + byte;
    this.#ofLength -= 1;
    if (this.#ofLength === 0) {
      if (this.#length > maxEventBytes) throw new LongEventError('an event is too large');
      this.#left = this.#length;
    }
    return 1;
  }

  #skip(most: number): number {
    const skipped = Math.min(most, this.#left);
    this.#left -= skipped;
    return skipped;
  }
}
