import type { LabelSelector } from '../../kube/label-selector.ts';

/** What the proxy does with a request that it knows the caller of. */
export type Decision = Impersonate | Filter | OneVisible | Review;

/**
 * Sent on as the caller, whose own rights decide. This is what becomes of everything that is not
 * understood.
 */
export interface Impersonate {
  kind: 'impersonate';
  /**
   * What a refusal (403) is told as: `not-found-without-namespace` if the request's namespace does not
   * exist, for clients that create what is missing; `not-granted` (400) where nothing but a grant of
   * the tenant proxy was missing.
   */
  forbiddenAs?: 'not-found-without-namespace' | 'not-granted';
}

/**
 * A list or a watch (GET and HEAD only) of what the caller may see of more than that, sent on as the
 * proxy itself, which may read everything.
 */
export interface Filter {
  kind: 'filter';
  /** Added (AND) to the label selector; in Kubernetes' syntax, not encoded. Never empty. */
  requirement: string;
  /** What of that is shown, where no label selector says it: found out item by item. */
  keep?: Visible;
}

/**
 * One object that is read as the proxy itself, or written with the rights that a Tenant grants if its
 * verb is `update`, `patch` or `delete`, if it is visible now; NotFound otherwise.
 */
export interface OneVisible {
  kind: 'one-visible';
  visible: Visible;
}

/** Objects that a caller may see: those that any of these means. Empty: none. */
export interface Visible {
  everything?: true;
  names?: readonly string[];
  /** Regular expressions (RE2) that are looked for in names. */
  patterns?: readonly string[];
  /** Of namespaced objects: everything in these namespaces. */
  namespaces?: readonly string[];
  /** OR-ed. None is empty. */
  anyOf?: readonly LabelSelector[];
}

/** What is answered with, as a metav1.Status. */
export interface AnsweredStatus {
  /** HTTP status. */
  code: number;
  /** `NotFound`, `BadRequest`. */
  reason: string;
  message: string;
  /** The object it is about, where it is about one; `kind` is the plural name, as the API server has it. */
  details?: { name: string; group?: string; kind: string };
}

/** A review of one's own rights, sent on as the caller; what the proxy adds to them is added to the answer. */
export interface Review {
  kind: 'review';
  of: 'access' | 'rules';
}

/** A label selector that nothing matches: the list is empty, and no error. */
export const nothing = 'dontexistsignoreme';

/** One that everything matches; while there is one, the API server does not count what is left. */
export const anything = `!${nothing}`;

export const impersonate: Impersonate = { kind: 'impersonate' };
