import http from 'node:http';
import https from 'node:https';
import { messageOf } from '../../base/errors.ts';

/** How long a listener of this process may take. */
const timeoutMs = 2_000;

/** Whether the listener at `url` answers its own `/_healthz`: undefined, or what is wrong. */
export function answersItself(url: string): Promise<string | undefined> {
  const address = new URL('/_healthz', url);
  // All addresses of the machine are also its own.
  if (address.hostname === '0.0.0.0') address.hostname = '127.0.0.1';
  if (address.hostname === '[::]') address.hostname = '[::1]';
  const { get } = address.protocol === 'https:' ? https : http;
  return new Promise((resolve) => {
    const request = get(
      address,
      // It is us: there is nothing to verify, and no name to verify it by.
      { rejectUnauthorized: false, agent: false, timeout: timeoutMs },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200 ? undefined : `answers ${answer.statusCode}`);
      },
    );
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('error', (error) => resolve(messageOf(error)));
  });
}
