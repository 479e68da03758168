import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../caller/caller.ts';
import type { ApiRequest } from '../request/api-request.ts';

/** One request of a client, and everything the proxy knows of it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly asked: ApiRequest;
  readonly caller: Caller;
  /** Aborted when the client has gone, the time is up, or the proxy ends. */
  readonly signal: AbortSignal;
}

/** How a request goes upstream where it does not go as it came. */
export interface Sent {
  /** Whom the API server sees: the caller, impersonated, or the proxy itself. */
  as: 'caller' | 'proxy';
  /** Path and query, encoded. What the client asked for if absent. */
  target?: string;
  /** In place of the client's: of reviews, whose answer is read here. */
  accept?: string;
  /** Ends the exchange from our side, between two pieces of the body. */
  signal?: AbortSignal;
  /**
   * Looks at the answer's status before anything is passed on. True: it is answered otherwise, the
   * body is thrown away and nothing has been written to the client.
   */
  replaces?: (status: number) => boolean | Promise<boolean>;
}

/** A whole answer, for what is read or edited here. */
export interface WholeAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
}

/** The way to the API server: the only one. */
export interface Upstream {
  /** Passes the request on and streams the answer back. False if `replaces` said so. */
  stream(exchange: Exchange, sent: Sent): Promise<boolean>;
  /** Passes the request on and hands over the answer, which is small. */
  whole(exchange: Exchange, sent: Sent): Promise<WholeAnswer>;
}

/** What follows from a decision: the seam between the server and what tenants may see. */
export type Serve = (exchange: Exchange) => Promise<void>;
