import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/** One request as it arrived on the wire. */
export interface SeenRequest {
  method: string;
  url: string;
  /** Names and values in order, repeated names kept. */
  headers: [name: string, value: string][];
  body: string;
  /** Which connection carried it, from 1. */
  connection: number;
}

/** Plays the server's part of one exchange; `request.socket` is there to be destroyed. */
export type Play = (
  request: SeenRequest,
  response: ServerResponse,
  raw: IncomingMessage,
) => void | Promise<void>;

export interface ScriptedServer extends AsyncDisposable {
  url: string;
  port: number;
  seen: SeenRequest[];
  /** Values of one header of one request. */
  valuesOf(request: SeenRequest | undefined, name: string): string[];
}

/**
 * An HTTP(S) peer on loopback that behaves as a test wants: for what a real API server does only
 * when something is wrong with it or the network. Never for what Kubernetes means.
 */
export async function startScriptedServer(
  play: Play,
  tls?: ServerOptions,
): Promise<ScriptedServer> {
  const seen: SeenRequest[] = [];
  const connections = new Map<Socket, number>();
  const listener = async (raw: IncomingMessage, response: ServerResponse) => {
    const request: SeenRequest = {
      method: raw.method ?? '',
      url: raw.url ?? '',
      headers: pairs(raw.rawHeaders),
      body: await text(raw),
      connection: connections.get(raw.socket) ?? 0,
    };
    seen.push(request);
    await play(request, response, raw);
  };
  const onRequest = (raw: IncomingMessage, response: ServerResponse) => {
    listener(raw, response).catch(() => response.destroy());
  };
  const server = tls ? createTlsServer(tls, onRequest) : createServer(onRequest);
  server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    connections.set(socket, connections.size + 1);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    seen,
    valuesOf: (request, name) =>
      (request?.headers ?? [])
        .filter(([header]) => header.toLowerCase() === name)
        .map(([, value]) => value),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      for (const socket of connections.keys()) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function pairs(raw: readonly string[]): [string, string][] {
  const out: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) out.push([raw[i] ?? '', raw[i + 1] ?? '']);
  return out;
}
