/** One request as it goes to the API server. */
export interface UpstreamRequest {
  method: string;
  /** Path and query. */
  target: string;
  headers: string[];
  /** Nothing if absent. */
  body?: NodeJS.ReadableStream | undefined;
  signal: AbortSignal;
  /** Until the answer begins, in milliseconds; no end without. */
  timeoutMs?: number | undefined;
  /** It may take a part of a connection: a watch, of which there are thousands, each for a long time. */
  mayShare?: boolean | undefined;
}
