/** metav1.Status reasons that callers branch on. */
export type StatusReason =
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Forbidden'
  | 'Unauthorized'
  | 'Invalid'
  | 'Expired'
  | 'Gone'
  | 'BadRequest'
  | 'MethodNotAllowed'
  | 'TooManyRequests'
  | 'InternalError'
  | 'ServerTimeout'
  | 'Timeout'
  | 'ServiceUnavailable'
  | 'RequestEntityTooLarge'
  | 'UnsupportedMediaType'
  | 'NotAcceptable'
  | 'Unknown';

export interface StatusCause {
  field?: string;
  reason?: string;
  message?: string;
}

/** An answer of the API server that is not a success; `message` is the server's own (metav1.Status). */
export class KubeApiError extends Error {
  override name = 'KubeApiError';
  readonly code: number;
  readonly reason: StatusReason | (string & {});
  readonly causes: readonly StatusCause[];
  /** From `Retry-After` or status.details, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** False when something else than an API server spoke: the message quotes whatever it said. */
  readonly isStatus: boolean;

  constructor(answer: {
    code: number;
    reason?: string;
    message: string;
    causes?: readonly StatusCause[];
    retryAfterMs?: number;
    isStatus?: boolean;
  }) {
    super(answer.message);
    this.code = answer.code;
    this.reason = answer.reason ?? 'Unknown';
    this.causes = answer.causes ?? [];
    this.retryAfterMs = answer.retryAfterMs;
    this.isStatus = answer.isStatus ?? true;
  }
}

/** No answer: connection refused, reset, TLS failure, time-out. Always worth a retry. */
export class KubeTransportError extends Error {
  override name = 'KubeTransportError';
}

const hasCode = (error: unknown, code: number) =>
  error instanceof KubeApiError && error.code === code;

export const isNotFound = (error: unknown): error is KubeApiError => hasCode(error, 404);
/** Of the 404s, the one that says nothing of an object: no API server serves that path. */
export const isNotServed = (error: unknown): error is KubeApiError =>
  isNotFound(error) && !error.isStatus;
export const isConflict = (error: unknown): error is KubeApiError => hasCode(error, 409);
export const isForbidden = (error: unknown): error is KubeApiError => hasCode(error, 403);
export const isInvalid = (error: unknown): error is KubeApiError => hasCode(error, 422);
/** The resourceVersion is too old: relist. */
export const isExpired = (error: unknown): error is KubeApiError => hasCode(error, 410);
