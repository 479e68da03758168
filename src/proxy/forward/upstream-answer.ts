import type { IncomingMessage } from 'node:http';
import type { Duplex, Readable } from 'node:stream';

/** An answer that begins, or a connection that goes on in another protocol. */
export interface UpstreamAnswer {
  readonly status: number;
  /** Names and values in turns, as node:http gives them. */
  readonly rawHeaders: readonly string[];
  readonly body: Readable;
  /** Once the body has ended or closed: whether that came before its end. */
  isBroken(): boolean;
  /** For a body that nobody will read on: the API server has not to send it. */
  discard(): void;
  readonly switched?: { socket: Duplex; head: Uint8Array };
}

/** The first value of a header; `name` in small letters. */
export function headerOf({ rawHeaders }: UpstreamAnswer, name: string): string | undefined {
  const at = rawHeaders.findIndex((key, index) => index % 2 === 0 && key.toLowerCase() === name);
  return at < 0 ? undefined : rawHeaders[at + 1];
}

/** One that came over a connection of its own. */
export function answerOf(
  head: IncomingMessage,
  switched?: UpstreamAnswer['switched'],
): UpstreamAnswer {
  return {
    status: head.statusCode ?? 502,
    rawHeaders: head.rawHeaders,
    body: head,
    isBroken: () => !head.complete,
    discard() {
      head.on('error', () => {}).destroy();
      switched?.socket.destroy();
    },
    ...(switched && { switched }),
  };
}
