import type { Deadline } from './deadline.ts';
import type { RunEvent } from './run.ts';
import type { StatusFields } from './status-writer.ts';

/** What the process remembers of one object between runs; lost, and not missed, at a restart. */
export interface ObjectState {
  /** Of the run under way. */
  deadline: Deadline | undefined;
  /** Generation of the last run that came to something; undefined before the first. */
  handledGeneration: number | undefined;
  /** Recorded by a run whose status was not written, or not yet; the next run begins with it. */
  unwritten: StatusFields;
  /** Events of runs whose status is not written yet. */
  untold: RunEvent[];
  /** Since when progress is held back; undefined while the status says all there is to say. */
  heldSince: number | undefined;
  /** Was settled when the process first saw it, and has not run to an interval since. */
  isFromBefore: boolean;
}

export function newObjectState(isFromBefore: boolean): ObjectState {
  return {
    deadline: undefined,
    handledGeneration: undefined,
    unwritten: {},
    untold: [],
    heldSince: undefined,
    isFromBefore,
  };
}
