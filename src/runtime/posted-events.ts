import type { Clock } from '../base/clock.ts';

const windowMs = 5 * 60_000;
const maxSubjects = 4096;
const maxPerSubject = 32;

interface History {
  severity: string;
  /** Identity to the time it was posted. */
  posted: Map<string, number>;
}

/**
 * Remembers what was posted about which object, so that a failure repeated at every retry is told
 * once in five minutes, and again at once when it comes back after a success. Bounded.
 */
export class PostedEvents {
  readonly #clock: Clock;
  readonly #subjects = new Map<string, History>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True, and remembered, for an event that is not a repetition. */
  isNew(subject: string, severity: string, identity: string): boolean {
    const now = this.#clock.now();
    const history = this.#historyOf(subject, severity);
    const last = history.posted.get(identity);
    if (last !== undefined && now - last < windowMs) return false;
    history.posted.delete(identity);
    history.posted.set(identity, now);
    trim(history.posted, maxPerSubject);
    return true;
  }

  /** What was posted since the object's fortune last turned. */
  #historyOf(subject: string, severity: string): History {
    const known = this.#subjects.get(subject);
    const history = known?.severity === severity ? known : { severity, posted: new Map() };
    this.#subjects.delete(subject);
    this.#subjects.set(subject, history);
    trim(this.#subjects, maxSubjects);
    return history;
  }
}

/** Drops the oldest entries of an insertion-ordered map. */
function trim(map: Map<string, unknown>, size: number): void {
  for (const key of map.keys()) {
    if (map.size <= size) return;
    map.delete(key);
  }
}
