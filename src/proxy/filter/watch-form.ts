import { statusText } from '../server/answer-status.ts';
import { json } from './json-accept.ts';
import { mediaTypeOf } from './media-type.ts';
import { protobufFrame, protobufStatus } from './protobuf-event.ts';
import { wholeFrames } from './whole-frames.ts';
import { wholeLines } from './whole-lines.ts';

/** How a watch is written, as far as one has to know that to end it with an event. */
export interface WatchForm {
  /** Cuts it where an event ends. */
  cut(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
  /** Has the client list again. */
  expired: Uint8Array;
}

/** A new watch alone would not tell of what was there before and has only now become visible. */
const gone = {
  code: 410,
  reason: 'Expired',
  message: 'what you may see has changed: list again',
};
const expiredJson = Buffer.from(`{"type":"ERROR","object":${statusText(gone)}}\n`);

const protobuf = 'application/vnd.kubernetes.protobuf';
const forms: Readonly<Record<string, WatchForm>> = {
  [json]: { cut: wholeLines, expired: expiredJson },
  [protobuf]: { cut: wholeFrames, expired: protobufFrame('ERROR', protobufStatus(gone)) },
};

/** Types of answers that a watch is served in: not CBOR, into which nothing can be put. */
export const watchForms = Object.keys(forms);

/** The form of an answer of that type; undefined for one that is none of {@link watchForms}. */
export function watchForm(contentType: string): WatchForm | undefined {
  const type = mediaTypeOf(contentType);
  return Object.hasOwn(forms, type) ? forms[type] : undefined;
}
