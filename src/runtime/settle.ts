import { messageOf, ReconcileError } from '../base/errors.ts';
import type { Condition } from '../kube/object.ts';
import type { CommonStatus } from './controller.ts';
import { findCondition, mergeConditions, toMessage, type ConditionFact } from './conditions.ts';
import type { Outcome } from './outcome.ts';
import type { RunEvent } from './run.ts';

/** What a run ended with: what it returned or threw, or that it is still under way. */
export type RunResult =
  Outcome | { outcome: 'failed'; error: unknown } | { outcome: 'underway'; message: string };

/** What settle looks at of the object: its generation, and its status as last written. */
export interface SettledObject {
  metadata: { generation?: number };
  status?: CommonStatus;
}

/** What the run noted besides its result. */
export interface RunNotes {
  /** Conditions beside Ready, Reconciling and Stalled. */
  conditions?: readonly ConditionFact[];
  cleared?: readonly string[];
  events?: readonly RunEvent[];
  /** Conditions when the run began; change is told by them, not by what progress wrote since. */
  conditionsBefore?: readonly Condition[];
}

export interface SettlePolicy {
  intervalMs: number;
  /** Fixed wait after a failure; exponential back-off when undefined. */
  retryMs?: number | undefined;
  /** Wait for a dependency that did not say when to look again (`--requeue-dependency`). */
  dependencyMs: number;
}

/** When the object is looked at next, without a change. */
export type Requeue =
  /** Jitter applies. */
  | { when: 'interval'; ms: number }
  /** `asked`: it goes on with what was begun, before other objects' turns in the background. */
  | { when: 'after'; ms: number; asked?: boolean }
  | { when: 'backoff' }
  | { when: 'now' }
  | { when: 'change' };

export interface Settlement {
  /** The row of the table that applied. */
  verdict: Verdict;
  conditions: Condition[];
  /** Undefined: leave it as it is. */
  observedGeneration: number | undefined;
  /** What settle has to tell, besides the run's own events. */
  events: RunEvent[];
  log: { level: 'debug' | 'info' | 'error'; message: string; error?: unknown };
  requeue: Requeue;
}

export type Verdict =
  'done' | 'waiting' | 'underway' | 'retryable' | 'stalled' | 'denied' | 'aborted';

/** What a verdict means for the object's conditions, for who hears of it, and for the next run. */
interface Row {
  ready: Condition['status'];
  /** Reason of Reconciling=True; undefined removes the condition. */
  reconciling?: 'Progressing' | 'ProgressingWithRetry';
  stalled?: true;
  /** Sets observedGeneration: the object is where this generation leads. */
  observed?: true;
  event: RunEvent['severity'];
  /** Told only when Ready differs from before; otherwise each time (the recorder de-duplicates). */
  onChange?: true;
  log: string;
  next(judgement: Judgement, policy: SettlePolicy): Requeue;
}

const onChangeOnly = (): Requeue => ({ when: 'change' });
const afterDependency = ({ afterMs }: Judgement, { dependencyMs }: SettlePolicy): Requeue => ({
  when: 'after',
  ms: afterMs ?? dependencyMs,
});

const table: Record<Exclude<Verdict, 'aborted'>, Row> = {
  done: {
    ready: 'True',
    observed: true,
    event: 'info',
    onChange: true,
    log: 'reconciled',
    next: ({ afterMs }, { intervalMs }) =>
      afterMs === null ? onChangeOnly() : { when: 'interval', ms: afterMs ?? intervalMs },
  },
  waiting: {
    ready: 'False',
    reconciling: 'Progressing',
    event: 'trace',
    onChange: true,
    log: 'waiting',
    next: afterDependency,
  },
  underway: {
    ready: 'Unknown',
    reconciling: 'Progressing',
    event: 'trace',
    onChange: true,
    log: 'under way',
    next: afterDependency,
  },
  retryable: {
    ready: 'False',
    reconciling: 'ProgressingWithRetry',
    event: 'error',
    log: 'failed, will be tried again',
    next: ({ afterMs }, { retryMs }) => {
      const ms = afterMs ?? retryMs;
      return ms === undefined ? { when: 'backoff' } : { when: 'after', ms };
    },
  },
  stalled: {
    ready: 'False',
    stalled: true,
    observed: true,
    event: 'error',
    log: 'stalled until the object changes',
    next: onChangeOnly,
  },
  denied: {
    ready: 'False',
    stalled: true,
    observed: true,
    event: 'error',
    log: 'denied by tenancy policy',
    next: onChangeOnly,
  },
};

/** Reason of a failure that no reconciler gave a reason to. */
const unexplained = 'ReconciliationFailed';

/**
 * The only code that turns what a run came to into what the world sees: conditions
 * (kstatus-compatible), observedGeneration, event, log line and the next wake-up.
 * Pure; the table above is the whole policy (adr/0006).
 */
export function settle(
  object: SettledObject,
  result: RunResult & { notes?: RunNotes },
  now: number,
  policy: SettlePolicy,
): Settlement {
  const notes = result.notes ?? {};
  const written = object.status?.conditions ?? [];
  const judgement = judge(result);
  const { verdict } = judgement;
  if (verdict === 'aborted') return abortedAs(written, judgement);

  const row = table[verdict];
  const { generation } = object.metadata;
  const conditions = mergeConditions(
    written,
    [...(notes.conditions ?? []), ...factsOf(row, judgement)],
    [...(notes.cleared ?? []), 'Reconciling', 'Stalled'],
    { now, generation },
  );
  const changed = isChanged(notes.conditionsBefore ?? written, conditions);
  return {
    verdict,
    conditions,
    observedGeneration: row.observed ? generation : undefined,
    events: eventsOf(row, judgement, { changed, events: notes.events ?? [] }),
    log: logOf(row, changed, judgement.error),
    requeue: row.next(judgement, policy),
  };
}

/** Says nothing about the object: whoever comes next will. */
function abortedAs(conditions: readonly Condition[], { error }: Judgement): Settlement {
  return {
    verdict: 'aborted',
    conditions: [...conditions],
    observedGeneration: undefined,
    events: [],
    log: { level: 'debug', message: 'aborted', error },
    requeue: { when: 'now' },
  };
}

interface Judgement {
  verdict: Verdict;
  reason: string;
  message: string;
  /** When to look again, as the run said it; `null` for never. */
  afterMs: number | null | undefined;
  /** A wait that people are to hear of. */
  isNews?: boolean;
  error?: unknown;
}

/** Which row applies. */
function judge(result: RunResult): Judgement {
  const { outcome } = result;
  if (outcome === 'failed') return judgeError(result.error);
  if (outcome === 'done') {
    const { reason, message, requeueMs } = result;
    return { verdict: 'done', reason, message, afterMs: requeueMs };
  }
  const { message } = result;
  const afterMs = outcome === 'waiting' ? result.afterMs : undefined;
  if (outcome === 'waiting' && !result.progressing)
    return { verdict: 'waiting', reason: result.reason, message, afterMs };
  return { verdict: 'underway', reason: 'Progressing', message, afterMs };
}

function judgeError(error: unknown): Judgement {
  const message = messageOf(error);
  if (!(error instanceof ReconcileError))
    return { verdict: 'retryable', reason: unexplained, message, afterMs: undefined, error };
  const { class: verdict, reason, afterMs, isNews } = error;
  return { verdict, reason, message, afterMs, isNews, error };
}

function factsOf(row: Row, { reason, message }: Judgement): ConditionFact[] {
  const facts: ConditionFact[] = [{ type: 'Ready', status: row.ready, reason, message }];
  if (row.reconciling)
    facts.push({ type: 'Reconciling', status: 'True', reason: row.reconciling, message });
  if (row.stalled) facts.push({ type: 'Stalled', status: 'True', reason, message });
  return facts;
}

/** Whether somebody who watches Ready learns something new. */
function isChanged(before: readonly Condition[], after: readonly Condition[]): boolean {
  const [old, now] = [before, after].map((conditions) => {
    const ready = findCondition(conditions, 'Ready');
    return ready && JSON.stringify([ready.status, ready.reason, ready.message]);
  });
  return old !== now;
}

function eventsOf(
  row: Row,
  { verdict, reason, message, isNews }: Judgement,
  run: { changed: boolean; events: readonly RunEvent[] },
): RunEvent[] {
  if (row.onChange && !run.changed) return [];
  // A run that told what it did in its own words needs no second voice for how it went.
  const told = run.events.some(({ severity }) => severity === 'info');
  if (told && (verdict === 'done' || verdict === 'underway')) return [];
  const severity = isNews && verdict === 'waiting' ? 'info' : row.event;
  return [{ severity, reason, message: toMessage(message) }];
}

function logOf(row: Row, changed: boolean, error: unknown): Settlement['log'] {
  if (row.event === 'error') return { level: 'error', message: row.log, error };
  return { level: changed ? 'info' : 'debug', message: row.log };
}
