import type { AnsweredStatus } from './decide/decision.ts';

/** A request that ends here: what the client is told, as a metav1.Status. */
export class Refusal extends Error {
  override name = 'Refusal';
  readonly status: AnsweredStatus;
  /** In seconds: when to try again. */
  readonly retryAfter: number | undefined;

  constructor(status: AnsweredStatus, options: { cause?: unknown; retryAfter?: number } = {}) {
    super(status.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = status;
    this.retryAfter = options.retryAfter;
  }
}

/** What was sent cannot be read without a doubt of what it means. */
export function badRequest(message: string): Refusal {
  return new Refusal({ code: 400, reason: 'BadRequest', message });
}

/** Not allowed, or nobody. Upstream's proxy says 403 to those it does not know, too. */
export function forbidden(message: string, cause?: unknown): Refusal {
  return new Refusal({ code: 403, reason: 'Forbidden', message }, { cause });
}

/** Nobody's fault: something that we need does not answer. */
export function unavailable(message: string, cause?: unknown): Refusal {
  return new Refusal(
    { code: 503, reason: 'ServiceUnavailable', message },
    { cause, retryAfter: 1 },
  );
}
