import { stringifyJson } from '../../base/json.ts';

/**
 * Tells a client of a watch to list again: a new watch alone would not tell it of what was there
 * before and has only now become visible.
 */
const expired = `${stringifyJson({
  type: 'ERROR',
  object: {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    reason: 'Expired',
    message: 'what you may see has changed: list again',
    code: 410,
  },
})}\n`;

/**
 * A watch in JSON, line by line, until `isOver`: then it ends with an event that has the client list
 * again. `change` may leave out events.
 */
export async function* untilOver(
  lines: AsyncIterable<Uint8Array>,
  isOver: Promise<void>,
  change: (lines: Uint8Array) => Uint8Array,
): AsyncGenerator<Uint8Array> {
  const iterator = lines[Symbol.asyncIterator]();
  const over = isOver.then(() => 'over' as const);
  for (;;) {
    const next = await Promise.race([over, iterator.next()]);
    if (next === 'over') {
      // Whoever reads this ends the request; to wait for its next event here could take for ever.
      yield Buffer.from(expired, 'utf8');
      return;
    }
    if (next.done) return;
    const piece = change(next.value);
    if (piece.length > 0) yield piece;
  }
}
