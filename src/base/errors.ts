/**
 * What a failed reconcile means for the object, decided where the failure is understood.
 *
 * - `waiting`: a dependency is not there yet; nobody's fault; looked at again `afterMs` later.
 * - `retryable`: the network, the API server, or RBAC said no; tried again with back-off.
 * - `stalled`: only a change of the object's spec can help.
 * - `denied`: our own tenancy policy says no; re-examined when that policy's inputs change.
 * - `aborted`: shut down, or overtaken by a newer generation; says nothing about the object.
 */
export type FailureClass = 'waiting' | 'retryable' | 'stalled' | 'denied' | 'aborted';

export interface FailureOptions {
  /** The underlying error; logged, never shown to tenants. */
  cause?: unknown;
  /** For `waiting` and `retryable`: when to look again, in milliseconds. */
  afterMs?: number;
  /** For `waiting`: people hear of it, as of news; they do of failures, and not of other waits. */
  isNews?: boolean;
}

/**
 * The one error a reconciler throws on purpose. `reason` is the condition's reason
 * (src/api/reasons.ts), `message` what a user reads in the status: it says what to change.
 */
export class ReconcileError extends Error {
  readonly class: FailureClass;
  readonly reason: string;
  readonly afterMs: number | undefined;
  readonly isNews: boolean;

  constructor(failure: FailureClass, reason: string, message: string, options?: FailureOptions) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ReconcileError';
    this.class = failure;
    this.reason = reason;
    this.afterMs = options?.afterMs;
    this.isNews = options?.isNews ?? false;
  }
}

type Construct = (reason: string, message: string, options?: FailureOptions) => ReconcileError;

export const waiting: Construct = (...args) => new ReconcileError('waiting', ...args);
export const retryable: Construct = (...args) => new ReconcileError('retryable', ...args);
export const stalled: Construct = (...args) => new ReconcileError('stalled', ...args);
export const denied: Construct = (...args) => new ReconcileError('denied', ...args);

/**
 * Base of the errors engines throw: branch on `code`, never on the message.
 * Controllers translate codes into a {@link ReconcileError} with a table per engine.
 */
export class CodedError<Code extends string = string> extends Error {
  readonly code: Code;

  constructor(code: Code, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The text of anything thrown; never throws itself. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  try {
    return String(error);
  } catch {
    // An object whose toString is none.
    return 'something without a text was thrown';
  }
}

/** True for the error an aborted `AbortSignal` produces, at any depth of `cause`. */
export function isAbort(error: unknown): boolean {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current.name === 'AbortError') return true;
  }
  return false;
}
