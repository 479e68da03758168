import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { createFrameDecoder, encodeFrame, type Frame } from './frame.ts';

/** One conversation in frames: what is sent is answered before the next is sent. */
export interface FrameChannel {
  /** The next frame of the other side. Rejects with what {@link close} was given. */
  receive(): Promise<Frame>;
  /** Sends a frame, as fast as the other side reads, and gives its answer. */
  exchange(header: Record<string, unknown>, attachments?: readonly Uint8Array[]): Promise<Frame>;
  /** Fails what is waited for, and everything after, with `reason`. The first reason stays. */
  close(reason: Error): void;
}

/** The two streams of a conversation; the caller ends them. */
export interface FrameStreams {
  input: Readable;
  output: Writable;
  /** Of one frame received. */
  maxBytes: number;
  /** Called once, when what is received is no frame or was not waited for. */
  onViolation: (error: Error) => void;
}

/** A channel over two streams. */
export function createFrameChannel(streams: FrameStreams): FrameChannel {
  const decoder = createFrameDecoder(streams.maxBytes);
  let waiting: PromiseWithResolvers<Frame> | undefined;
  let closed: Error | undefined;

  streams.input.on('data', (chunk: Uint8Array) => {
    if (closed) return;
    try {
      decoder.push(chunk).forEach(deliver);
    } catch (error) {
      streams.onViolation(error as Error);
    }
  });
  // A write to the dead fails here; whoever closes the channel knows why they died.
  streams.output.on('error', () => {});

  function deliver(frame: Frame): void {
    if (!waiting) throw new Error('a frame came that nobody asked for');
    waiting.resolve(frame);
    waiting = undefined;
  }

  function receive(): Promise<Frame> {
    if (closed) return Promise.reject(closed);
    waiting = Promise.withResolvers();
    // It may fail before its turn to be awaited comes.
    waiting.promise.catch(() => {});
    return waiting.promise;
  }

  return {
    receive,
    async exchange(header, attachments) {
      const answer = receive();
      for (const part of encodeFrame(header, attachments)) {
        if (closed || streams.output.destroyed) break;
        // Whatever ends the wait for the reader, the answer tells what became of it.
        if (!streams.output.write(part)) {
          await Promise.race([once(streams.output, 'drain'), answer]).catch(() => {});
        }
      }
      return answer;
    },
    close(reason) {
      closed ??= reason;
      waiting?.reject(closed);
      waiting = undefined;
    },
  };
}
