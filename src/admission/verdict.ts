import type { KubeObject } from '../kube/object.ts';

/** A request is refused. */
export interface Denial {
  verdict: 'deny';
  /**
   * In CamelCase, for machines: of the Event and in the audit log. The answer has that of its code, or
   * `AlreadyExists`, which clients that make sure of something take for success.
   */
  reason: string;
  /** What the user reads: what is allowed, and nothing of what the user may not know. */
  message: string;
  /** HTTP status; 403 unless upstream answers otherwise. */
  code: number;
}

/** A request goes on with another object. */
export interface Change {
  verdict: 'change';
  object: KubeObject;
  /** What an Event tells of it; most changes are seen in the object. */
  told?: Told;
}

/** What an Event tells. */
export interface Told {
  /** In CamelCase. */
  reason: string;
  message: string;
}

/** A request goes on, and its sender is told something (`kubectl` prints `Warning: …`). */
export interface Warning {
  verdict: 'warn';
  messages: readonly string[];
}

/** What a rule says of a request; undefined is no opinion. */
export type Verdict = Denial | Change | Warning | undefined;

/** Refuses a request. */
export function deny(reason: string, message: string, code = 403): Denial {
  return { verdict: 'deny', reason, message, code };
}

/** Lets a request go on with another object, of which an Event may tell. */
export function change(object: KubeObject, told?: Told): Change {
  return { verdict: 'change', object, ...(told && { told }) };
}

/** Lets a request go on and warns. */
export function warn(...messages: string[]): Warning {
  return { verdict: 'warn', messages };
}
