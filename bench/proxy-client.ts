import { once } from 'node:events';
import https from 'node:https';
import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** A client of one server, over connections that it keeps. */
export interface BenchClient extends Disposable {
  /** The whole answer; throws for one that is no success. */
  get(path: string): Promise<Buffer>;
  /** A request whose answer has begun, such as a watch. */
  open(path: string): Promise<IncomingMessage>;
}

export function benchClient(server: { url: string; caPem: string }, token: string): BenchClient {
  const agent = new https.Agent({ keepAlive: true, ca: server.caPem, maxSockets: Infinity });
  const { hostname, port } = new URL(server.url);
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
  async function open(path: string): Promise<IncomingMessage> {
    const request = https.get({ agent, hostname, port, path, headers });
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    if (answer.statusCode === 200) return answer;
    throw new Error(`${path}: HTTP ${answer.statusCode}: ${(await buffer(answer)).toString()}`);
  }
  return {
    open,
    get: async (path) => await buffer(await open(path)),
    [Symbol.dispose]: () => agent.destroy(),
  };
}
