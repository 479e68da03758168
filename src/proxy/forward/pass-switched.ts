import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Exchange } from './upstream.ts';
import type { UpstreamAnswer } from './upstream-answer.ts';

/**
 * Lets client and API server go on in the protocol they have agreed on: from here on bytes are passed
 * and nothing is looked at. Resolves when either has ended.
 */
export function passSwitched(
  { upgrading, response, signal }: Exchange,
  answer: UpstreamAnswer,
  upstream: { socket: Duplex; head: Uint8Array },
): Promise<void> {
  if (!upgrading) {
    upstream.socket.destroy();
    response.destroy();
    return Promise.resolve();
  }
  const client = upgrading.socket;
  return new Promise((resolve) => {
    const finish = () => {
      signal.removeEventListener('abort', finish);
      client.destroy();
      upstream.socket.destroy();
      resolve();
    };
    for (const socket of [client, upstream.socket]) {
      socket.once('close', finish);
      socket.on('error', finish);
    }
    signal.addEventListener('abort', finish, { once: true });
    if (signal.aborted || client.destroyed) return finish();
    client.write(headText(answer), 'latin1');
    if (upstream.head.length > 0) client.write(upstream.head);
    if (upgrading.head.length > 0) upstream.socket.write(upgrading.head);
    client.pipe(upstream.socket);
    upstream.socket.pipe(client);
  });
}

function headText({ status, rawHeaders }: UpstreamAnswer): string {
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}
