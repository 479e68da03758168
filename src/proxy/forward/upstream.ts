import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { HeaderList } from '../../kube/impersonation.ts';
import type { Caller } from '../caller/caller.ts';
import type { ApiRequest } from '../request/api-request.ts';

/** One request of a client, and everything the proxy knows of it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly asked: ApiRequest;
  readonly caller: Caller;
  /** Headers by which the API server takes the caller for itself. */
  readonly identity: HeaderList;
  /** Aborted when the client has gone, the time is up, or the proxy ends. */
  readonly signal: AbortSignal;
  /** Absent for plain requests. `stream` sees to it; nobody else has to. */
  readonly upgrading?: UpgradingClient;
}

/** A connection whose client wants to go on in another protocol: exec, port-forward, websockets. */
export interface UpgradingClient {
  readonly socket: Duplex;
  /** What the client has sent after the request. */
  readonly head: Uint8Array;
}

/** How a request goes upstream where it does not go as it came. */
export interface Sent {
  /**
   * Whom the API server sees: the caller, impersonated; the same with the rights of what a Tenant
   * grants; or the proxy itself.
   */
  as: 'caller' | 'granted' | 'proxy';
  /** Path and query, encoded. What the client asked for if absent. */
  target?: string;
  /** In JSON, in place of what the client sent, which has been read. */
  body?: Uint8Array;
  /** In place of the client's `Accept`, where the body of the answer is looked at here. */
  accept?: string;
  /**
   * Looks at the answer's status before anything is passed on. True: it is answered otherwise, the
   * body is thrown away and nothing has been written to the client.
   */
  replaces?: (status: number) => boolean | Promise<boolean>;
  /**
   * Changes the body of an answer on its way, piece by piece; for that, it is asked for without
   * compression, and its length and ETag are not passed on. It is given 2xx answers only. When it
   * ends, the answer ends as it should, and so does the request upstream.
   */
  transform?: (body: AsyncIterable<Uint8Array>, contentType: string) => AsyncIterable<Uint8Array>;
}

/** A whole answer, for what is read or edited here. */
export interface WholeAnswer {
  status: number;
  contentType: string;
  body: Uint8Array;
}

/** The way to the API server: the only one. */
export interface Upstream {
  /** Passes the request on and streams the answer back. False if `replaces` said so. */
  stream(exchange: Exchange, sent: Sent): Promise<boolean>;
  /**
   * Passes the request on, with its body, and hands over the answer, which is small (1 MiB at most)
   * and not compressed. Nothing is written to the client.
   */
  whole(exchange: Exchange, sent: Omit<Sent, 'replaces' | 'transform'>): Promise<WholeAnswer>;
}

/** What follows from whom a request is of: the seam between the server and what tenants may see. */
export type Serve = (exchange: Exchange) => Promise<void>;
