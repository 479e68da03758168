import { Agent, request } from 'node:https';
import { readFile } from 'node:fs/promises';
import { sleep, systemClock } from '../../base/clock.ts';
import type { KeyedFiles } from './keyring.ts';

/** Asks the API server small questions while it starts. */
export interface ApiProbe {
  /** Status and body of a GET; status 0 if nobody answers. */
  get(path: string): Promise<{ status: number; body: string }>;
  /** Resolves once a GET of `path` is answered with 200. */
  waitFor(path: string, signal: AbortSignal): Promise<void>;
}

const maxBodyBytes = 1 << 20;

export async function createApiProbe(
  port: number,
  caPem: string,
  client: KeyedFiles,
): Promise<ApiProbe> {
  const [cert, key] = await Promise.all([readFile(client.cert), readFile(client.key)]);
  const agent = new Agent({ ca: caPem, cert, key, keepAlive: false });

  const get: ApiProbe['get'] = (path) =>
    new Promise((resolve) => {
      const silent = () => resolve({ status: 0, body: '' });
      const question = request({ host: '127.0.0.1', port, path, agent, timeout: 5000 });
      question.on('error', silent);
      question.on('timeout', () => question.destroy());
      question.on('response', (answer) => {
        let body = '';
        answer.setEncoding('utf8');
        answer.on('data', (text: string) => {
          body += text;
          if (body.length > maxBodyBytes) question.destroy();
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
        answer.on('error', silent);
      });
      question.end();
    });

  return {
    get,
    async waitFor(path, signal) {
      while ((await get(path)).status !== 200) await sleep(systemClock, 50, signal);
    },
  };
}
