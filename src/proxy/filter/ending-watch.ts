import { stringifyJson } from '../../base/json.ts';
import { untilOver } from './until-over.ts';

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
export async function* endingWatch(
  lines: AsyncIterable<Uint8Array>,
  isOver: Promise<void>,
  change: (lines: Uint8Array) => Uint8Array,
): AsyncGenerator<Uint8Array> {
  const pieces = untilOver(lines, isOver);
  for (;;) {
    const next = await pieces.next();
    if (next.done) {
      if (next.value) yield Buffer.from(expired, 'utf8');
      return;
    }
    const piece = change(next.value);
    if (piece.length > 0) yield piece;
  }
}

/** A watch in another form: breaks off, so that its client begins anew. */
export async function* breakingWatch(
  body: AsyncIterable<Uint8Array>,
  isOver: Promise<void>,
): AsyncGenerator<Uint8Array> {
  if (yield* untilOver(body, isOver)) {
    throw new Error('what the client of a watch may see has changed');
  }
}
