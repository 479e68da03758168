/** What the proxy does with a request that it knows the caller of. */
export type Decision =
  | Impersonate
  | Filter
  | GetIfVisible
  | { kind: 'answer'; status: AnsweredStatus }
  | { kind: 'review'; of: 'access' | 'rules' };

/**
 * Sent on as the caller, whose own rights decide. This is what becomes of everything that is not
 * understood.
 */
export interface Impersonate {
  kind: 'impersonate';
  /**
   * What a refusal (403) is told as: `not-found` always; `not-found-without-namespace` only if the
   * request's namespace does not exist, for clients that create what is missing.
   */
  forbiddenAs?: 'not-found' | 'not-found-without-namespace';
}

/**
 * A list or a watch of what the caller may see of more than that: sent on as the proxy itself, which
 * may read everything, with `requirement` added (AND) to the label selector. Nothing but GET and HEAD.
 */
export interface Filter {
  kind: 'filter';
  /** Label selector in Kubernetes' syntax, not encoded. Never empty. */
  requirement: string;
}

/** One object, read as the proxy itself if it has these labels now; NotFound otherwise. */
export interface GetIfVisible {
  kind: 'get-if-visible';
  /** Label selectors in Kubernetes' syntax, of which one (OR) has to match. Never empty. */
  anyOf: readonly [string, ...string[]];
}

/** Answered by the proxy, as a metav1.Status; nothing goes upstream. */
export interface AnsweredStatus {
  /** HTTP status. */
  code: number;
  /** `NotFound`, `BadRequest`. */
  reason: string;
  message: string;
}

/** A label selector that nothing matches: the list is empty, and no error. */
export const nothing = 'dontexistsignoreme';

export const impersonate: Impersonate = { kind: 'impersonate' };
