import { untilOver } from './until-over.ts';

/** When a watch ends, and with what. */
export interface Ending {
  isOver: Promise<void>;
  expired: Uint8Array;
  change?: ((events: Uint8Array) => Uint8Array) | undefined;
}

/**
 * A watch in pieces of whole events, until `isOver`: then it ends with `expired`, an event that has the
 * client list again. `change` may leave out events.
 */
export async function* endingWatch(
  events: AsyncIterable<Uint8Array>,
  { isOver, expired, change }: Ending,
): AsyncGenerator<Uint8Array> {
  const pieces = untilOver(events, isOver);
  for (;;) {
    const next = await pieces.next();
    if (next.done) {
      if (next.value) yield expired;
      return;
    }
    const piece = change ? change(next.value) : next.value;
    if (piece.length > 0) yield piece;
  }
}
