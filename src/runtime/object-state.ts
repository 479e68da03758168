import type { Deadline } from './deadline.ts';
import type { StatusFields } from './status-writer.ts';

/** What the process remembers of one object between runs; lost, and not missed, at a restart. */
export interface ObjectState {
  /** Of the run under way. */
  deadline: Deadline | undefined;
  /** Generation of the last run that came to something; undefined before the first. */
  handledGeneration: number | undefined;
  /** Recorded by a run whose status could not be written; the next run begins with it. */
  unwritten: StatusFields;
  /** Was settled when the process first saw it, and has not run to an interval since. */
  isFromBefore: boolean;
}

export function newObjectState(isFromBefore: boolean): ObjectState {
  return { deadline: undefined, handledGeneration: undefined, unwritten: {}, isFromBefore };
}
